import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

// What an editor shows is what the compiler writes into declarations: the type, printed.
const program = `
import { contract, event, notification, procedure } from '@wirepact/contract'
import type { EventReceivers, Handlers, Remote } from '../../src/index.ts'
import { z } from 'zod'

const Reading = z.object({ sensor: z.string(), value: z.number(), at: z.date() })
const machine = contract({
  server: {
    sensors: {
      list: procedure({ output: z.array(z.string()) }),
      latest: procedure({
        input: z.object({ sensor: z.string() }),
        output: Reading,
        errors: { NO_SUCH_SENSOR: z.object({ known: z.array(z.string()) }) },
      }),
      history: procedure({ input: z.object({ sensor: z.string() }), yields: Reading, output: z.number() }),
      ingest: procedure({ accepts: Reading, output: z.number() }),
      probe: procedure({ accepts: z.string(), yields: Reading }),
    },
    log: notification({ input: z.string() }),
  },
  events: { reading: event({ topic: z.object({ sensor: z.string() }), payload: Reading, onGap: 'skip' }) },
})
declare const api: Remote<typeof machine.server>
declare const events: EventReceivers<typeof machine.events>
declare const handlers: Handlers<typeof machine.server, { user: string }, string>

export const { latest, list } = api.sensors
export const history = api.sensors.history
export const ingest = api.sensors.ingest
export const probe = api.sensors.probe
export const stream = history({ sensor: 'cpu' })
export const writer = ingest()
export const stored = ingest(undefined, { items: [] })
export const log = api.log
export const reply = latest({ sensor: 'cpu' })
export const safe = latest.safe({ sensor: 'cpu' })
export const loop = events.reading({ sensor: 'cpu' })
export const handler = handlers.sensors.latest
`

const here = dirname(fileURLToPath(import.meta.url))
const peer = dirname(here)
const root = join(peer, '..', '..')
let folder = ''
let declarations = ''

beforeAll(() => {
  // Where imports resolve as they do here, and nobody else looks for sources.
  folder = mkdtempSync(join(peer, 'node_modules', '.hover-'))
  writeFileSync(join(folder, 'program.ts'), program)
  const compilerOptions = {
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    lib: ['ES2022', 'ESNext.Disposable', 'DOM'],
  }
  const tsconfig = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: { ...compilerOptions, outDir: 'out', rootDir: root },
    files: ['program.ts'],
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(tsconfig))
  execFileSync(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', folder])
  const out = join(folder, 'out', relative(root, folder), 'program.d.ts')
  // Where a type comes from, an editor does not show.
  declarations = readFileSync(out, 'utf8')
    .replaceAll(/import\("[^"]*"\)\./g, '')
    .replaceAll(/\s+/g, ' ')
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** How a constant of the program is declared. */
function shown(name: string): string | undefined {
  return new RegExp(`\\b${name}: (.*?)(?:;|,) ?(?=export|declare|list:|$)`).exec(declarations)?.[1]
}

const reading = '{ sensor: string; value: number; at: Date; }'

describe('hovering shows input and output, not the machinery', () => {
  it.each([
    ['latest', `Call<{ sensor: string; }, ${reading}, { readonly NO_SUCH_SENSOR: { known: string[]; }; }>`],
    ['list', 'Call<void, string[], {}>'],
    ['log', 'Notify<string>'],
    ['reply', `Promise<${reading}>`],
    ['loop', `EventIterator<${reading}>`],
    ['history', `YieldingCall<{ sensor: string; }, ${reading}, number>`],
    ['ingest', `AcceptingCall<void, ${reading}, number>`],
    ['probe', `DuplexCall<void, string, ${reading}, void>`],
    ['stream', `ItemStream<${reading}, number>`],
    ['writer', `ItemWriter<${reading}, number>`],
    ['stored', 'Promise<number>'],
  ])('%s', (name, type) => expect(shown(name)).toBe(type))

  it.each(['safe', 'handler'])('%s does not mention a schema', (name) => {
    expect(shown(name)).toMatch(/sensor: string/)
    expect(shown(name)).not.toMatch(/Zod|Procedure|Schema/)
  })
})
