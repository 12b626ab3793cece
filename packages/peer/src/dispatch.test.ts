import { compile, contract, notification, procedure } from '@wirepact/contract'
import { type Failure, type Session, WirepactError } from '@wirepact/protocol'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Clock } from './clock.ts'
import { Dispatcher } from './dispatch.ts'
import { Incidents } from './failure.ts'
import { flattenHandlers } from './handlers.ts'
import type { AnyHandler } from './implementation.ts'
import type { Invocation } from './invocation.ts'

const shared = contract({
  server: {
    add: procedure({
      input: z.object({ by: z.number() }),
      output: z.number().max(100),
      errors: { TOO_MUCH: z.object({ most: z.number() }), NEVER: null },
    }),
    late: procedure({ input: z.string().refine(async (text) => text !== 'bad'), output: z.string() }),
    note: notification({ input: z.string() }),
    plain: procedure({}),
  },
})
const { methods } = compile(shared)
const number = (name: string) => methods.findIndex((method) => method.name === name)

/** A dispatcher whose answers are written down, and whose time is moved by hand. */
function setup(
  handlers: Partial<Record<'add' | 'late' | 'note' | 'plain', (call: Invocation) => unknown>>,
  options: { maxRunning?: number; difference?: 'shape' | 'version'; failSend?: unknown } = {},
) {
  const answers: unknown[] = []
  const reports: string[] = []
  const alarms: { at: number; task: () => void }[] = []
  let now = 0
  const clock: Clock = {
    now: () => now,
    schedule(delayMs, task) {
      const alarm = { at: now + delayMs, task }
      alarms.push(alarm)
      return () => alarms.splice(alarms.indexOf(alarm), 1)
    },
  }
  const session = {
    phase: 'attached',
    result(id: number, output: unknown) {
      if (options.failSend !== undefined) throw options.failSend
      answers.push([id, output])
    },
    error: (id: number, { code, data }: Failure) =>
      void answers.push([id, code, ...(data === undefined ? [] : [data])]),
  } as unknown as Session
  const all = { add: () => 1, late: () => 'x', note() {}, plain() {}, ...handlers }
  const dispatcher = new Dispatcher(session, {
    implementation: { methods, handlers: flattenHandlers(methods, all) as AnyHandler[], middleware: [] },
    ...{
      clock,
      maxRunning: options.maxRunning ?? 2,
      maxStreams: 2,
      owner: { context: 'context' },
      connection: 'connection',
    },
    incidents: new Incidents('test', ({ what, where }) => reports.push(`${what} ${where}`)),
    difference: { of: () => options.difference ?? null },
  })
  const pass = (ms: number) => {
    now += ms
    for (const alarm of alarms.filter(({ at }) => at <= now)) {
      alarms.splice(alarms.indexOf(alarm), 1)
      alarm.task()
    }
  }
  return { dispatcher, answers, reports, pass }
}

/** Each call's id, and its output or code. */
const heads = (answers: readonly unknown[]) => answers.map((answer) => (answer as unknown[]).slice(0, 2))

const settled = () => new Promise<void>((resolve) => void setTimeout(resolve, 0))
declare function setTimeout(task: () => void, ms: number): unknown

describe('a call', () => {
  it('is answered in the same turn by a handler that is not asynchronous', () => {
    const { dispatcher, answers } = setup({ add: ({ input }) => (input as { by: number }).by + 1 })
    dispatcher.call(1, number('add'), { by: 2 }, undefined)
    expect([answers, dispatcher.running]).toEqual([[[1, 3]], 0])
  })

  it('shows its handler who calls, what, and for how long', async () => {
    let seen: unknown
    const { dispatcher, pass } = setup({
      async add({ input, path, kind, context, connection, deadline, signal }) {
        seen = { input, path, kind, context, connection, deadline, aborted: signal.aborted }
        await new Promise<void>(() => {})
      },
    })
    dispatcher.call(1, number('add'), { by: 2 }, 500)
    expect(seen).toEqual({
      ...{ input: { by: 2 }, path: 'add', kind: 'call', context: 'context', connection: 'connection' },
      ...{ deadline: 500, aborted: false },
    })
    pass(1)
  })

  it.each([
    ['a number that is no procedure', 99, undefined, 'unimplemented'],
    ['a name that is none', 'constructor', undefined, 'unimplemented'],
    ['a notification', number('note'), 'x', 'unimplemented'],
    ['an input that does not fit', number('add'), { by: 'x' }, 'invalid-input'],
    ['an input where there is none', number('plain'), 5, 'invalid-input'],
  ])('of %s is refused', (_, method, input, code) => {
    const { dispatcher, answers } = setup({})
    dispatcher.call(7, method, input, undefined)
    expect(heads(answers)).toEqual([[7, code]])
  })

  it('finds its procedure by name as well', () => {
    const { dispatcher, answers } = setup({})
    dispatcher.call(1, 'add', { by: 1 }, undefined)
    expect(answers).toEqual([[1, 1]])
  })

  it('waits for a schema that is asynchronous', async () => {
    const { dispatcher, answers } = setup({ late: ({ input }) => `${input}!` })
    dispatcher.call(1, number('late'), 'good', undefined)
    dispatcher.call(2, number('late'), 'bad', undefined)
    expect([answers, dispatcher.running]).toEqual([[], 2])
    await settled()
    expect(heads(answers)).toEqual([
      [1, 'good!'],
      [2, 'invalid-input'],
    ])
    expect(dispatcher.running).toBe(0)
  })

  it('of another version is refused, and one of another shape says so when its input does not fit', () => {
    const versions = setup({}, { difference: 'version' })
    versions.dispatcher.call(1, number('add'), { by: 1 }, undefined)
    expect(versions.answers).toEqual([[1, 'incompatible']])
    const shapes = setup({}, { difference: 'shape' })
    shapes.dispatcher.call(1, number('add'), {}, undefined)
    expect(shapes.answers).toMatchObject([[1, 'invalid-input', { contractsDiffer: true }]])
  })
})

describe('what a handler gives', () => {
  it.each([
    [
      'a declared error that it throws',
      (call: Invocation) => {
        throw call.errors.TOO_MUCH?.({ most: 5 })
      },
      ['TOO_MUCH', { most: 5 }],
      [],
    ],
    ['a declared error that it returns', (call: Invocation) => call.errors.NEVER?.(), ['NEVER'], []],
    [
      'a declared error with other data',
      (call: Invocation) => {
        throw call.errors.TOO_MUCH?.({ most: 'x' })
      },
      ['internal', { incident: 'test-1' }],
      ['output-invalid add'],
    ],
    [
      'what it may say',
      () => {
        throw new WirepactError('permission-denied', 'no')
      },
      ['permission-denied'],
      [],
    ],
    [
      'what it may not say',
      () => {
        throw new WirepactError('deadline-exceeded', 'no')
      },
      ['internal', { incident: 'test-1' }],
      ['handler-threw add'],
    ],
    [
      'anything else that it throws',
      () => {
        throw 'secret'
      },
      ['internal', { incident: 'test-1' }],
      ['handler-threw add'],
    ],
    [
      'an output that its contract does not allow',
      () => 101,
      ['internal', { incident: 'test-1' }],
      ['output-invalid add'],
    ],
  ])('%s', (_, add, answer, reported) => {
    const { dispatcher, answers, reports } = setup({ add })
    dispatcher.call(1, number('add'), { by: 1 }, undefined)
    expect([answers, reports]).toEqual([[[1, ...answer]], reported])
  })

  it('that cannot be sent is replaced: by what the caller can do something about, or an incident', () => {
    const tooLarge = setup({}, { failSend: new WirepactError('message-too-large', 'too large') })
    tooLarge.dispatcher.call(1, number('add'), { by: 1 }, undefined)
    expect(tooLarge.answers).toEqual([[1, 'message-too-large']])
    const unsendable = setup({}, { failSend: new WirepactError('invalid-input', 'cannot send a Foo') })
    unsendable.dispatcher.call(1, number('add'), { by: 1 }, undefined)
    expect(heads(unsendable.answers)).toEqual([[1, 'internal']])
  })
})

describe('slots', () => {
  it('are as many as allowed, and free when the handler settles, not when it is cancelled', async () => {
    const ends: (() => void)[] = []
    const { dispatcher, answers } = setup({ add: () => new Promise<number>((resolve) => ends.push(() => resolve(1))) })
    for (const id of [1, 2, 3]) dispatcher.call(id, number('add'), { by: 1 }, undefined)
    expect(answers).toEqual([[3, 'resource-exhausted']])
    dispatcher.cancel(1)
    dispatcher.call(4, number('add'), { by: 1 }, undefined)
    expect([answers.length, dispatcher.running]).toEqual([2, 2])
    ends[0]?.()
    await settled()
    // Nobody waits for the first.
    expect([answers.length, dispatcher.running]).toEqual([2, 1])
    dispatcher.call(5, number('add'), { by: 1 }, undefined)
    expect(dispatcher.running).toBe(2)
  })
})

describe('a call is given up', () => {
  const hanging = (reasons: unknown[]) => ({
    add: ({ signal }: Invocation) =>
      new Promise<number>((_, reject) =>
        signal.addEventListener('abort', () => {
          reasons.push((signal.reason as { code: string }).code)
          reject(signal.reason)
        }),
      ),
  })

  it('by its caller, its deadline, and the end of the session; and nothing is answered', async () => {
    const reasons: unknown[] = []
    const { dispatcher, answers, pass } = setup(hanging(reasons), { maxRunning: 3 })
    dispatcher.call(1, number('add'), { by: 1 }, 1_000)
    dispatcher.call(2, number('add'), { by: 1 }, 200)
    dispatcher.call(3, number('add'), { by: 1 }, 0)
    dispatcher.cancel(1)
    dispatcher.cancel(1)
    dispatcher.cancel(99)
    pass(250)
    expect(reasons).toEqual(['cancelled', 'deadline-exceeded'])
    dispatcher.end()
    await settled()
    expect([reasons, answers, dispatcher.running]).toEqual([
      ['cancelled', 'deadline-exceeded', 'connection-lost'],
      [],
      0,
    ])
  })

  it('before its handler asked for the signal, which is aborted then', async () => {
    let reason: unknown
    const { dispatcher } = setup({
      async add(call) {
        await settled()
        reason = call.signal.aborted && (call.signal.reason as { code: string }).code
      },
    })
    dispatcher.call(1, number('add'), { by: 1 }, undefined)
    dispatcher.cancel(1)
    await settled()
    await settled()
    expect(reason).toBe('cancelled')
  })
})

describe('a notification', () => {
  it('is handled, and never answered', async () => {
    const notes: unknown[] = []
    const { dispatcher, answers, reports } = setup({
      async note({ input }) {
        notes.push(input)
        throw new Error('mine')
      },
    })
    dispatcher.notify(number('note'), 'one')
    dispatcher.notify('note', 5)
    dispatcher.notify(number('add'), { by: 1 })
    dispatcher.notify(99, 1)
    await settled()
    expect([notes, answers, reports]).toEqual([['one'], [], ['notification-failed note', 'notification-failed note']])
  })

  it('is dropped while too many are being handled', () => {
    const { dispatcher, reports } = setup({ note: () => new Promise(() => {}) })
    for (let count = 0; count < 3; count++) dispatcher.notify(number('note'), 'x')
    expect(reports).toEqual(['notification-failed note'])
  })
})
