import { compile, contract, notification, procedure } from '@wirepact/contract'
import { type Channel, Kind, type Message, type Outgoing, Session, trustedLimits } from '@wirepact/protocol'
import { z } from 'zod'
import { Caller, type CallerOptions } from '../caller.ts'
import { binaryCodec } from '../codec.ts'

const { methods } = compile(
  contract({
    server: {
      note: notification(),
      once: procedure({ input: z.unknown(), output: z.unknown() }),
      often: procedure({ input: z.unknown(), output: z.unknown(), idempotent: true }),
    },
  }),
)
/** A notification, a procedure that may run again, and one that may not. */
export const [note, often, once] = methods as [(typeof methods)[0], (typeof methods)[0], (typeof methods)[0]]

/** A session towards a peer that answers when a test says so. */
class Line implements Channel {
  readonly bufferedBytes = 0
  readonly sent: Message[] = []
  readonly session: Session
  readonly #codec = binaryCodec(trustedLimits)

  constructor(caller: () => Caller, now: () => number, windowMessages: number) {
    this.session = new Session(
      {
        call() {},
        notify() {},
        cancel() {},
        state() {},
        control() {},
        violation() {},
        writable: () => caller().resume(),
        overflow: () => caller().lost(this.session.end(), 'too much waited'),
      },
      {
        codec: this.#codec,
        clock: { now },
        window: { bytes: 1_000_000, messages: windowMessages },
        peerMessageBytes: 10_000,
        resumable: true,
      },
    )
  }

  send(message: Outgoing): void {
    if (typeof message !== 'string') this.sent.push(this.#codec.read(message.bytes, message.start, message.end))
  }

  close(): void {}
  terminate(): void {}

  get calls(): unknown[] {
    return this.sent.flatMap((message) => (message.kind === Kind.call ? [message.input] : []))
  }

  answer(id: number, output: unknown): void {
    this.session.receive({ kind: Kind.result, id, output }, 1)
  }
}

/** A caller with a clock of its own, and what becomes of its calls. */
export function setup(options: Partial<CallerOptions> = {}) {
  const timers = new Map<object, { readonly at: number; readonly task: () => void }>()
  const time = { now: 0 }
  const clock = {
    now: () => time.now,
    schedule(delayMs: number, task: () => void) {
      const key = {}
      timers.set(key, { at: time.now + delayMs, task })
      return () => timers.delete(key)
    },
  }
  const caller: Caller = new Caller({ clock, ...options })
  const outcomes: string[] = []
  const settled = async () => {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve()
    return outcomes
  }
  return {
    ...{ caller, timers, settled },
    /** Makes a call and notes under its input what becomes of it. */
    make(input: unknown, entry = once, more: Parameters<Caller['invoke']>[2] = {}) {
      caller.invoke(entry, input, more).then(
        (output) => outcomes.push(`${input}: ${output}`),
        (error) =>
          outcomes.push(`${input}: ${error.code}${error.mayHaveRun === undefined ? '' : ` ${error.mayHaveRun}`}`),
      )
    },
    open(maxInFlight = 100, windowMessages = 1_000) {
      const line = new Line(() => caller, clock.now, windowMessages)
      line.session.attach(line)
      caller.open(line.session, { numberOf: (entry) => entry.index }, maxInFlight)
      return line
    },
    moveTo(end: number) {
      for (;;) {
        const [next] = [...timers].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at)
        if (next === undefined) break
        timers.delete(next[0])
        time.now = Math.max(time.now, next[1].at)
        next[1].task()
      }
      time.now = end
    },
  }
}
