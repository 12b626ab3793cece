import { fileURLToPath } from 'node:url'
import { Child } from './child.ts'
import type { MeasureAnswer, MeasureOrder } from './client-process.ts'
import type { Cores } from './cores.ts'
import type { ProfileKind } from './profile.ts'
import type { ServeOrder } from './server-process.ts'

export interface RoundOptions {
  /** Addresses of the modules. */
  readonly subject: string
  readonly workload: string
  readonly warmUpMs: number
  readonly measureMs: number
  readonly limitMs: number
  readonly cores: Cores | undefined
  readonly profile?: ProfileKind
}

/**
 * Measures one subject at one workload once, in two fresh processes. Rejects with all that is known when one of them
 * crashes, when an answer is wrong, or when it takes too long. Either way both processes are gone afterwards.
 */
export async function playRound(options: RoundOptions): Promise<MeasureAnswer> {
  const { subject, workload, warmUpMs, measureMs, cores, profile } = options
  const server = new Child('server', script('server-process.js'), cores?.server, {})
  const client = new Child('client', script('client-process.js'), cores?.client, {
    server(argument) {
      const asked = argument as { readonly name: string; readonly argument: unknown }
      return server.ask(asked.name, asked.argument)
    },
  })
  const limit = new TimeLimit(options.limitMs, () => `${server.printed}${client.printed}`)
  try {
    const play = async () => {
      const port = (await server.ask('serve', { subject, workload } satisfies ServeOrder)) as number
      const order: MeasureOrder = { subject, workload, port, warmUpMs, measureMs, profile }
      return (await client.ask('measure', order)) as MeasureAnswer
    }
    // A server that crashes leaves its client waiting, so both are watched.
    return await Promise.race([play(), server.fault, limit.passed])
  } finally {
    limit.stop()
    await Promise.all([server.end(), client.end()])
  }
}

class TimeLimit {
  readonly passed: Promise<never>
  readonly #timer: NodeJS.Timeout

  constructor(milliseconds: number, details: () => string) {
    let fail: (error: Error) => void = () => {}
    this.passed = new Promise((_, reject) => {
      fail = reject
    })
    this.#timer = setTimeout(
      () => fail(new Error(`it did not finish within ${milliseconds / 1000} s${details()}`)),
      milliseconds,
    )
  }

  stop(): void {
    clearTimeout(this.#timer)
  }
}

function script(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url))
}
