import { randomUUID } from 'node:crypto'
import type { Engine } from './engine.ts'
import { EngineError } from './engine-error.ts'
import type { Names } from './streams.ts'

/** What the stream says of itself. */
export interface EpochRecord {
  /** A random word, new for every history; empty when what is stored is no record. */
  readonly word: string
  /** The run of the engine in which somebody vouched that nothing is missing. */
  readonly run: string
  readonly seq: number
  readonly timeMs: number
}

/** Undefined when there is none. */
export async function readRecord(engine: Engine, names: Names): Promise<EpochRecord | undefined> {
  const stored = await engine.last(names.log, names.epoch)
  if (stored === undefined) return undefined
  const { seq, timeMs, data } = stored
  const said = parsed(data)
  return { word: matching(said.word, /^[\w-]{12}$/), run: matching(said.run, /^.{1,200}$/), seq, timeMs }
}

/** Writes it, unless the record is another by now; answers whether it did. */
export async function writeRecord(
  engine: Engine,
  names: Names,
  { word, run }: { word: string; run: string },
  expected: number,
): Promise<boolean> {
  const data = new TextEncoder().encode(JSON.stringify({ word, run }))
  try {
    await engine.publish({ subject: names.epoch, data, id: randomUUID(), expected }, 2_000)
    return true
  } catch (error) {
    if (error instanceof EngineError && error.reason === 'conflict') return false
    throw error
  }
}

function parsed(data: Uint8Array): { word?: unknown; run?: unknown } {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(data))
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}

function matching(value: unknown, form: RegExp): string {
  return typeof value === 'string' && form.test(value) ? value : ''
}
