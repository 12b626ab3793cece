import { readFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { RawProfile } from './profile.ts'

interface CallFrame {
  readonly functionName: string
  readonly url: string
  readonly lineNumber: number
  readonly columnNumber: number
}

interface CpuProfile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: CallFrame }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

interface AllocationNode {
  readonly callFrame: CallFrame
  readonly selfSize: number
  readonly children: readonly AllocationNode[]
}

/** The functions that cost most by themselves, as lines of text: per unit of work, and as a share of the whole. */
export function summariseProfile(profile: RawProfile, amount: number, unit: string, root: string, most = 40): string {
  const costs = profile.kind === 'cpu' ? timeByFunction(profile.json) : bytesByFunction(profile.json)
  const places = new Places(root)
  const byPlace = new Map<string, number>()
  for (const [frame, cost] of costs) {
    const place = places.of(frame)
    byPlace.set(place, (byPlace.get(place) ?? 0) + cost)
  }
  const sorted = [...byPlace].sort((a, b) => b[1] - a[1])
  const total = sorted.reduce((sum, [, cost]) => sum + cost, 0)
  const per = profile.kind === 'cpu' ? `µs/${unit}` : `B/${unit}`
  const row = (cost: number, place: string) =>
    `${((cost / total) * 100).toFixed(1).padStart(6)} %  ${(cost / amount).toFixed(3).padStart(10)}  ${place}`
  return [
    `self        ${per.padStart(8)}  function`,
    row(total, '(all)'),
    ...sorted.slice(0, most).map(([place, cost]) => row(cost, place)),
  ]
    .join('\n')
    .concat('\n')
}

function timeByFunction(json: string): readonly (readonly [CallFrame, number])[] {
  const { nodes, samples, timeDeltas } = JSON.parse(json) as CpuProfile
  const time = new Map<number, number>()
  // A delta is the time before its sample: what it measures belongs to the sample before.
  for (let index = 1; index < samples.length; index++) {
    const id = samples[index - 1] ?? 0
    time.set(id, (time.get(id) ?? 0) + (timeDeltas[index] ?? 0))
  }
  return nodes.map(({ id, callFrame }) => [callFrame, time.get(id) ?? 0] as const)
}

function bytesByFunction(json: string): readonly (readonly [CallFrame, number])[] {
  const found: (readonly [CallFrame, number])[] = []
  const visit = ({ callFrame, selfSize, children }: AllocationNode) => {
    found.push([callFrame, selfSize])
    for (const child of children) visit(child)
  }
  visit((JSON.parse(json) as { readonly head: AllocationNode }).head)
  return found
}

/** Finds the sources of what was built. */
class Places {
  readonly #root: string
  readonly #maps = new Map<string, SourceMap | undefined>()

  constructor(root: string) {
    this.#root = root
  }

  of({ functionName, url, lineNumber, columnNumber }: CallFrame): string {
    const name = functionName === '' ? '(anonymous)' : functionName
    if (url === '') return name
    if (!url.startsWith('file:')) return `${name}  ${url}:${lineNumber + 1}`
    const entry = this.#map(url)?.findEntry(lineNumber, columnNumber)
    if (entry === undefined || !('originalSource' in entry)) return `${name}  ${this.#short(url)}:${lineNumber + 1}`
    return `${name}  ${this.#short(new URL(entry.originalSource, url).href)}:${entry.originalLine + 1}`
  }

  #map(url: string): SourceMap | undefined {
    if (!this.#maps.has(url)) this.#maps.set(url, readMap(url))
    return this.#maps.get(url)
  }

  #short(url: string): string {
    const path = relative(this.#root, fileURLToPath(url))
    // Packages lie deep below the folder of pnpm; their own path says enough.
    return path.slice(Math.max(0, path.lastIndexOf('node_modules/')))
  }
}

function readMap(url: string): SourceMap | undefined {
  try {
    return new SourceMap(JSON.parse(readFileSync(`${fileURLToPath(url)}.map`, 'utf8')))
  } catch {
    // Most packages publish none.
    return undefined
  }
}
