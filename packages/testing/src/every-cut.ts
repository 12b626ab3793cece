import { kindNames } from '@wirepact/protocol'
import { difference } from './difference.ts'
import type { Delivery } from './link.ts'
import { Network, type NetworkOptions } from './network.ts'

/**
 * Something users do, on a network of its own: makes a server and clients, uses them, and returns what came of it.
 * It may await calls freely: time passes by itself while it waits.
 */
export type Scenario<Outcome> = (run: { readonly network: Network }) => Promise<Outcome>

/**
 * What happens to the network at one message. `cut`: both ends learn of it at once · `half-cut`: only the client does,
 * and comes back while its old connection counts as alive · `black hole`: neither does · `delay`: nothing arrives for
 * 3 s · `restart`: the server dies, and `network.serve`, which must have been given a function, makes another.
 */
export type Fault = 'cut' | 'half-cut' | 'black hole' | 'delay' | 'restart'

export interface EveryCutOptions {
  /** @default 'cut' */
  readonly fault?: Fault
  readonly network?: NetworkOptions
  /** How long a run may take, in ms of virtual time. @default 10 minutes */
  readonly withinMs?: number
}

export interface EveryCutReport<Outcome> {
  /** What the scenario returned without faults, and so with each of them. */
  readonly outcome: Outcome
  /** Runs with a fault: one for each message of the run without. */
  readonly cuts: number
}

/**
 * Runs a scenario once undisturbed, then again with a fault at its first message, at its second, and so on, and checks
 * that every run returns what the undisturbed one did.
 *
 * @throws Error that names each cut that changed the outcome, and how; whatever the undisturbed run throws
 */
export async function everyCut<Outcome>(
  scenario: Scenario<Outcome>,
  options: EveryCutOptions = {},
): Promise<EveryCutReport<Outcome>> {
  const { fault = 'cut', withinMs = 600_000 } = options
  const quiet = new Network(options.network)
  const outcome = await quiet.until(scenario({ network: quiet }), withinMs)
  const cuts = quiet.delivered
  const changed: string[] = []
  for (let at = 1; at <= cuts; at++) {
    const network = new Network(options.network)
    let where = `message ${at}`
    network.faultAfter(at, (delivery) => {
      where = `message ${at} of ${cuts} (${describe(delivery)})`
      faults[fault](network, delivery)
    })
    const found = await network.until(scenario({ network }), withinMs).then(
      (value) => difference(outcome, value),
      (error: unknown) =>
        `the scenario threw ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    )
    if (found !== undefined) changed.push(`  ${fault} at ${where}: ${found}`)
  }
  if (changed.length === 0) return { outcome, cuts }
  throw new Error(
    `everyCut: ${changed.length} of ${cuts} runs did not end as the one without a ${fault}:\n${changed.join('\n')}`,
  )
}

const faults: Record<Fault, (network: Network, delivery: Delivery) => void> = {
  cut: (_, { link }) => link.cut(),
  'half-cut': (_, { link }) => link.cutFor('client'),
  'black hole': (_, { link }) => link.swallow(),
  delay: (_, { link }) => link.stall(3_000),
  restart: (network) => network.restart(),
}

function describe({ to, message }: Delivery): string {
  const kind =
    typeof message === 'string'
      ? (JSON.parse(message) as { kind: string }).kind
      : (kindNames[(message.bytes[message.start] as number) & 31] ?? 'batch')
  return `${kind} to the ${to}`
}
