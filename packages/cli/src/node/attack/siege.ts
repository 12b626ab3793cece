import { setTimeout as delay } from 'node:timers/promises'
import { type Attack, broken, type Finding } from './finding.ts'
import type { RawClient } from './raw-client.ts'
import type { Target } from './target.ts'

/** One attack, and how the server's other client fared meanwhile. */
export interface Outcome extends Finding {
  readonly name: string
  readonly threat: string
  readonly tookMs: number
  /** The 99th percentile of how long the other client waited for answers, in ms; undefined when it got none. */
  readonly victimP99Ms: number | undefined
}

/** An honest client of the same server, which asks something all the time and notices when it is not answered. */
class Victim {
  readonly #client: RawClient
  #going = true
  #waits: number[] = []
  #lost = false
  readonly #ended: Promise<void>

  constructor(client: RawClient) {
    this.#client = client
    this.#ended = this.#run()
  }

  /** What it has seen since it was asked last. */
  take(): { readonly p99Ms: number | undefined; readonly lost: boolean } {
    const waits = this.#waits.sort((a, b) => a - b)
    this.#waits = []
    return { p99Ms: waits[Math.floor(waits.length * 0.99)], lost: this.#lost }
  }

  async stop(): Promise<void> {
    this.#going = false
    await this.#ended
    this.#client.leave()
  }

  async #run(): Promise<void> {
    while (this.#going && !this.#lost) {
      const wait = await this.#client.probe(10_000)
      if (wait === undefined) this.#lost = true
      else this.#waits.push(wait)
      await delay(10)
    }
  }
}

/**
 * Tries one attack after the other, those that wait for the server's deadlines at the same time, with an honest client
 * beside them. @throws Error when the server does not even welcome that one
 */
export async function besiege(
  target: Target,
  attacks: readonly Attack[],
  tell: (outcome: Outcome) => void,
): Promise<Outcome[]> {
  const client = await target.guest()
  target.welcome ??= client.heard.flatMap((each) => ('heartbeatMs' in each ? [each] : []))[0]
  const victim = new Victim(client)
  const outcomes: Outcome[] = []
  const play = async (attack: Attack) => {
    const outcome = await tryOne(target, attack, victim)
    outcomes.push(outcome)
    tell(outcome)
  }
  for (const attack of attacks.filter(({ patient }) => patient !== true)) await play(attack)
  await Promise.all(attacks.filter(({ patient }) => patient === true).map(play))
  await victim.stop()
  return outcomes
}

async function tryOne(target: Target, attack: Attack, victim: Victim): Promise<Outcome> {
  victim.take()
  const started = performance.now()
  const finding = await attack.run(target).catch((error: unknown) => {
    return broken(error instanceof Error ? error.message : String(error))
  })
  const { p99Ms, lost } = victim.take()
  const { name, threat } = attack
  const tookMs = Math.round(performance.now() - started)
  const after = lost
    ? broken(`the other client of the server was lost; ${finding.seen}`)
    : await stillThere(target, finding)
  return { name, threat, tookMs, victimP99Ms: p99Ms, ...after }
}

/** Whether the server lets somebody new in. */
async function stillThere(target: Target, finding: Finding): Promise<Finding> {
  try {
    const next = await target.guest()
    next.leave()
    return finding
  } catch (error) {
    return broken(
      `nobody is let in any more: ${error instanceof Error ? error.message : String(error)}; ${finding.seen}`,
    )
  }
}
