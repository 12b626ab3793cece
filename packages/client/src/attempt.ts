import type { Clock, PeerCodec } from '@wirepact/peer'
import {
  type Channel,
  type ChannelReceiver,
  type ChannelSource,
  type HelloMessage,
  mayReconnect,
  type WelcomeMessage,
  WirepactError,
} from '@wirepact/protocol'
import { type Dial, DialError } from './dial.ts'
import { describeClose, helloIsTooLarge } from './ending.ts'
import { Opening } from './opening.ts'

export interface AttemptOptions {
  readonly dial: Dial
  readonly codec: PeerCodec
  readonly clock: Clock
  /** For all of it, up to the server's welcome, in ms. */
  readonly timeoutMs: number
  /** What to say; it may have to be asked for. */
  readonly hello: () => Promise<HelloMessage>
  /** The server let us in: gives the receiver that takes over. */
  readonly welcomed: (channel: Channel, welcome: WelcomeMessage) => ChannelReceiver
  /** What took over did not get along with this welcome, and the channel is being closed. */
  readonly spoilt: (code: number, reason: string) => void
  /** `final`: another try would fail just the same. `code`: of the server's close, or 0. */
  readonly failed: (because: string, final: boolean, code: number) => void
  /** There is a channel now, and: it is closed, whatever became of the try. */
  readonly dialled: (channel: Channel) => void
  readonly closed: (channel: Channel) => void
}

/** One try to connect: dials, says hello, and waits for welcome. It is welcomed, fails, or is given up: one of them, once. */
export class Attempt {
  readonly #options: AttemptOptions
  readonly #controller = new AbortController()
  readonly #stopTimer: () => void
  #channel: Channel | undefined
  #over = false
  #isWelcome = false

  constructor(options: AttemptOptions) {
    this.#options = options
    const { clock, timeoutMs } = options
    this.#stopTimer = clock.schedule(timeoutMs, () => this.#fail(`no answer within ${timeoutMs} ms`, false))
    this.#run().catch((error: unknown) => {
      const because = error instanceof Error ? error.message : String(error)
      // Credentials that cannot travel will not be able to next time.
      this.#fail(because, error instanceof WirepactError || (error instanceof DialError && error.final))
    })
  }

  /** Nobody wants it any more; nothing is told. A connection that it has made is left to whoever gives it up. */
  giveUp(): Channel | undefined {
    this.#finish()
    return this.#channel
  }

  async #run(): Promise<void> {
    const { closed, codec, dial, dialled, spoilt, welcomed } = this.#options
    const hello = await this.#options.hello()
    if (this.#over) return
    const source: ChannelSource = await dial(this.#controller.signal)
    const { channel } = source
    // Whoever gave it up meanwhile did not know this connection.
    if (this.#over) return channel.terminate()
    this.#channel = channel
    dialled(channel)
    new Opening({
      ...{ source, codec, hello },
      welcomed: (welcome) => {
        // It may have been given up while this was on its way.
        if (!this.#finish()) throw new Error('nobody waits for this welcome')
        this.#isWelcome = true
        if (welcome.batch === true) channel.batch?.()
        return welcomed(channel, welcome)
      },
      refused: (code, reason) => {
        if (this.#isWelcome) spoilt(code, reason)
        else this.#fail(describeClose(code, reason), !mayReconnect(code) || helloIsTooLarge(code), code)
      },
      closed: () => closed(channel),
    })
  }

  #fail(because: string, final: boolean, code = 0): void {
    if (!this.#finish()) return
    this.#channel?.terminate()
    this.#options.failed(because, final, code)
  }

  #finish(): boolean {
    if (this.#over) return false
    this.#over = true
    this.#stopTimer()
    // What has been dialled listens no more, and an abort that nobody hears still makes its error.
    if (this.#channel === undefined) this.#controller.abort()
    return true
  }
}
