import type { RawProfile } from './profile.ts'
import { type CallFrame, Places } from './profile-places.ts'

interface CpuProfile {
  readonly nodes: readonly CpuNode[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

interface CpuNode {
  readonly id: number
  readonly callFrame: CallFrame
  readonly children?: readonly number[]
}

interface AllocationNode {
  readonly callFrame: CallFrame
  readonly selfSize: number
  readonly children: readonly AllocationNode[]
}

/** A function as it was called from one place. */
interface Called {
  readonly frame: CallFrame
  /** µs or bytes of its own. */
  readonly cost: number
  readonly children: readonly Called[]
}

/** What the summary is of. */
export interface Profiled {
  /** Lines that say what was profiled, and where. */
  readonly head: readonly string[]
  /** Units of work that were done meanwhile. */
  readonly amount: number
  readonly unit: string
  /** The folder that paths are relative to. */
  readonly root: string
}

const IDLE = '(idle)'
const MOST = 40

/**
 * Where the cost is, as text: by part of the program, by function alone, and by function with all that it calls. Shares
 * are of what was busy; per unit of work the rows of a table add up to what one unit cost.
 */
export function summariseProfile(profile: RawProfile, { head, amount, unit, root }: Profiled): string {
  const tree = profile.kind === 'cpu' ? cpuTree(profile.json) : allocationTree(profile.json)
  const places = new Places(root)
  const [parts, selves, totals] = [new Costs(), new Costs(), new Costs()]
  const visit = ({ frame, cost, children }: Called, callers: ReadonlySet<string>): number => {
    const place = places.of(frame)
    parts.add(places.partOf(frame), cost)
    selves.add(place, cost)
    const below = new Set(callers).add(place)
    const total = children.reduce((sum, child) => sum + visit(child, below), cost)
    // What calls itself has all of it already.
    if (!callers.has(place)) totals.add(place, total)
    return total
  }
  const all = visit(tree, new Set())
  const idle = selves.of(IDLE)
  const per = profile.kind === 'cpu' ? `µs/${unit}` : `B/${unit}`
  const table = (title: string, costs: Costs) => {
    const row = ([place, cost]: readonly [string, number]) => {
      const share = place === IDLE ? '–' : `${((cost / (all - idle)) * 100).toFixed(1)} %`
      return `${share.padStart(8)}  ${(cost / amount).toFixed(3).padStart(10)}  ${place}`
    }
    return ['', `${'share'.padStart(8)}  ${per.padStart(10)}  ${title}`, ...costs.sorted().slice(0, MOST).map(row)]
  }
  return [
    ...head,
    `${amount.toLocaleString('en')} ${unit}s, ${((all - idle) / amount).toFixed(3)} ${per} ${profile.kind === 'cpu' ? 'busy' : 'in all'}`,
    ...table('by part', parts),
    ...table('by function, without what it calls', selves),
    ...table('by function, with what it calls', totals),
    '',
  ].join('\n')
}

class Costs {
  readonly #costs = new Map<string, number>()

  add(name: string, cost: number): void {
    this.#costs.set(name, this.of(name) + cost)
  }

  of(name: string): number {
    return this.#costs.get(name) ?? 0
  }

  sorted(): readonly (readonly [string, number])[] {
    return [...this.#costs].filter(([name, cost]) => cost > 0 && name !== '(root)').sort((a, b) => b[1] - a[1])
  }
}

function cpuTree(json: string): Called {
  const { nodes, samples, timeDeltas } = JSON.parse(json) as CpuProfile
  const time = new Map<number, number>()
  // A delta is the time before its sample: what it measures belongs to the sample before.
  for (let index = 1; index < samples.length; index++) {
    const id = samples[index - 1] ?? 0
    time.set(id, (time.get(id) ?? 0) + (timeDeltas[index] ?? 0))
  }
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const called = ({ id, callFrame, children = [] }: CpuNode): Called => ({
    ...{ frame: callFrame, cost: time.get(id) ?? 0 },
    children: children.flatMap((child) => byId.get(child) ?? []).map(called),
  })
  // The engine lists the root first.
  return called(nodes[0] ?? { id: 0, callFrame: { functionName: '(root)', url: '', lineNumber: 0, columnNumber: 0 } })
}

function allocationTree(json: string): Called {
  const called = ({ callFrame, selfSize, children }: AllocationNode): Called => ({
    ...{ frame: callFrame, cost: selfSize },
    children: children.map(called),
  })
  return called((JSON.parse(json) as { readonly head: AllocationNode }).head)
}
