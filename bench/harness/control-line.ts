/** One end of Node's channel between a process and its parent. */
export interface Port {
  send(message: object): void
  on(event: 'message', listener: (message: unknown) => void): unknown
}

type Answers = Readonly<Record<string, (argument: unknown) => unknown>>

type Line =
  | { readonly ask: number; readonly name: string; readonly argument: unknown }
  | { readonly answer: number; readonly value: unknown }
  | { readonly answer: number; readonly error: string }

/**
 * Questions and answers between the bench and its processes, both ways. It is quiet while something is measured.
 */
export class ControlLine {
  readonly #port: Port
  readonly #answers: Answers
  readonly #waiting = new Map<
    number,
    { readonly resolve: (value: unknown) => void; readonly reject: (error: Error) => void }
  >()
  #lastAsk = 0

  constructor(port: Port, answers: Answers) {
    this.#port = port
    this.#answers = answers
    port.on('message', (message) => this.#receive(message as Line))
  }

  /** Rejects with the text of what the other end threw. */
  ask(name: string, argument?: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const ask = ++this.#lastAsk
      this.#waiting.set(ask, { resolve, reject })
      this.#port.send({ ask, name, argument } satisfies Line)
    })
  }

  #receive(line: Line): void {
    if ('ask' in line) {
      this.#reply(line.ask, line.name, line.argument)
      return
    }
    const waiting = this.#waiting.get(line.answer)
    this.#waiting.delete(line.answer)
    if ('error' in line) waiting?.reject(new Error(line.error))
    else waiting?.resolve(line.value)
  }

  async #reply(ask: number, name: string, argument: unknown): Promise<void> {
    let reply: Line
    try {
      const answer = this.#answers[name]
      if (answer === undefined) throw new Error(`nobody answers to ${name}`)
      reply = { answer: ask, value: await answer(argument) }
    } catch (error) {
      reply = { answer: ask, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }
    }
    this.#port.send(reply)
  }
}

/** The line of a process that was started by the bench. It ends with the bench, however that ends. */
export function lineToBench(answers: Answers): ControlLine {
  if (process.send === undefined) throw new Error('this program is started by the bench, not by hand')
  process.on('disconnect', () => process.exit())
  return new ControlLine(
    { send: (message) => void process.send?.(message), on: (event, listener) => process.on(event, listener) },
    answers,
  )
}
