import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** Between a node and its engine: everything passes, until the engine's answers are dropped. */
export class MutedWay {
  readonly #target: number
  readonly #server = createServer((near) => this.#forward(near))
  readonly #ends = new Set<Socket>()
  #muted = false

  constructor(target: number) {
    this.#target = target
  }

  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return (this.#server.address() as AddressInfo).port
  }

  /** From now on the engine is asked, and nobody hears its answers. */
  mute(): void {
    this.#muted = true
  }

  /** Resets all connections; those that come after it are heard. */
  cut(): void {
    for (const end of this.#ends) end.resetAndDestroy()
    this.#muted = false
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    for (const end of this.#ends) end.destroy()
    await closed
  }

  #forward(near: Socket): void {
    const far = connect(this.#target, '127.0.0.1')
    const pass = (from: Socket, to: Socket, answers: boolean): void => {
      this.#ends.add(from)
      from.setNoDelay(true)
      from.on('error', () => {})
      from.on('close', () => {
        this.#ends.delete(from)
        to.destroy()
      })
      from.on('data', (chunk) => {
        if (!(answers && this.#muted)) to.write(chunk)
      })
    }
    pass(near, far, false)
    pass(far, near, true)
  }
}
