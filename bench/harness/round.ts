import { fileURLToPath } from 'node:url'
import { Child } from './child.ts'
import type { MeasureAnswer, MeasureOrder } from './client-process.ts'
import type { Cores } from './cores.ts'
import { COUNTING_FLAGS } from './heap-count.ts'
import type { Pair, Plan } from './plan.ts'
import type { ProfileKind } from './profile.ts'
import { stepMs } from './progress.ts'
import type { ServeOrder } from './server-process.ts'

interface RoundOptions {
  /** Addresses of the modules. */
  readonly subject: string
  readonly workload: string
  readonly warmUpMs: number
  readonly measureMs: number
  readonly limitMs: number
  readonly cores: Cores | undefined
  /** Bun's program, if that runs the server. */
  readonly bun: string | undefined
  /** See {@link MeasureOrder}. */
  readonly calls: number
  readonly counting?: boolean
  readonly profile?: ProfileKind
}

/** Beside twice what it should take. */
const PATIENCE_MS = 60_000

/** One round as the plan has it, but for what differs. */
export function playPlanned(
  plan: Plan,
  { workload, subject }: Pair,
  differs: Partial<Pick<RoundOptions, 'counting' | 'profile' | 'measureMs'>> = {},
): Promise<MeasureAnswer> {
  const { cores, measureMs, warmUpMs, calls } = plan
  const limitMs = plan.limitMs ?? PATIENCE_MS + 2 * stepMs(workload.workload, plan)
  return playRound({
    ...{ subject: subject.module, workload: workload.module, cores, limitMs, measureMs, warmUpMs, calls },
    bun: subject.subject.serverRuntime === 'bun' ? plan.bun : undefined,
    ...differs,
  })
}

/**
 * Measures one subject at one workload once, in two fresh processes. Rejects with all that is known when one of them
 * crashes, when an answer is wrong, or when it takes too long. Either way both processes are gone afterwards.
 */
async function playRound(options: RoundOptions): Promise<MeasureAnswer> {
  const { subject, workload, warmUpMs, measureMs, cores, bun, calls, profile, counting = false } = options
  const flags = counting ? COUNTING_FLAGS : []
  const server = new Child('server', script('server-process.js'), cores?.server, {}, { flags, bun })
  const passOn = (argument: unknown) => {
    const asked = argument as { readonly name: string; readonly argument: unknown }
    return server.ask(asked.name, asked.argument)
  }
  const client = new Child('client', script('client-process.js'), cores?.client, { server: passOn }, { flags })
  const limit = new TimeLimit(options.limitMs, () => `${server.printed}${client.printed}`)
  try {
    const play = async () => {
      const port = (await server.ask('serve', { subject, workload } satisfies ServeOrder)) as number
      const order: MeasureOrder = { subject, workload, port, warmUpMs, measureMs, calls, counting, profile }
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
