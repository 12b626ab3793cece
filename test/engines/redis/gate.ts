import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** Between a log and its engine: forwards, swallows what the engine answers, and resets. */
export class Gate implements AsyncDisposable {
  readonly #server
  readonly #sockets = new Set<Socket>()
  /** Answers vanish while this is set; requests arrive. */
  swallows = false
  /** Bytes that vanished. */
  swallowed = 0

  private constructor(target: number) {
    this.#server = createServer({ noDelay: true }, (near) => {
      const far = connect({ port: target, host: '127.0.0.1', noDelay: true })
      this.#pass(near, far, () => false)
      this.#pass(far, near, () => this.swallows)
    })
  }

  static async open(target: number): Promise<Gate> {
    const gate = new Gate(target)
    gate.#server.listen(0, '127.0.0.1')
    await once(gate.#server, 'listening')
    return gate
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get connections(): number {
    return this.#sockets.size / 2
  }

  /** Resets all connections; new ones are forwarded again. */
  cut(): void {
    this.swallows = false
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close()
    this.cut()
    await once(this.#server, 'close')
  }

  #pass(from: Socket, to: Socket, vanishes: () => boolean): void {
    this.#sockets.add(from)
    from.on('error', () => {})
    from.on('close', () => {
      this.#sockets.delete(from)
      to.destroy()
    })
    from.on('data', (chunk) => {
      if (vanishes()) this.swallowed += chunk.length
      else to.write(chunk)
    })
  }
}
