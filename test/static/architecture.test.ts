import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { inDependencyOrder } from '../setup/build.mjs'
import { root } from '../setup/workspace.mjs'
import { cycles, LAYERS, wrongArrows } from './layers.ts'
import { worldlyThings } from './purity.ts'
import { packageSources, type SourceFile, sourceFile } from './source.ts'
import {
  codecLeaks,
  emptyNames,
  forbiddenSyntax,
  importEffects,
  longFiles,
  longFunctions,
  madeFromText,
  restingTests,
} from './style.ts'

interface Rule {
  readonly says: string
  readonly check: (files: readonly SourceFile[]) => string[]
  /** Files that break it, path first: a rule that nothing can break proves nothing. */
  readonly breaks: readonly (readonly [path: string, text: string])[]
  /** Files that look like it and do not. */
  readonly keeps?: readonly (readonly [path: string, text: string])[]
}

const RULES: readonly Rule[] = [
  {
    says: 'arrows between packages only point down',
    check: wrongArrows,
    breaks: [
      ['packages/protocol/src/a.ts', "import { peer } from '@wirepact/peer'"],
      ['packages/client/src/a.ts', "import type { Server } from '@wirepact/server/node'"],
      ['packages/protocol/src/a.ts', "export { x } from '@wirepact/websocket'"],
      ['packages/peer/src/a.ts', "type Server = import('@wirepact/server').Server"],
      ['packages/peer/src/a.ts', "const later = () => import('@wirepact/client')"],
      ['packages/server/src/a.ts', "import { x } from '../../peer/src/x.ts'"],
      ['packages/server/src/a.ts', "import { x } from '@wirepact/unheard-of'"],
      ['packages/unheard-of/src/a.ts', 'export const a = 1'],
    ],
    keeps: [['packages/server/src/a.ts', "import { x } from '@wirepact/protocol'\nimport { y } from './deep/y.ts'"]],
  },
  {
    says: 'no file is in a cycle, type-only imports included',
    check: cycles,
    breaks: [
      ['packages/peer/src/a.ts', "import type { B } from './b/b.ts'"],
      ['packages/peer/src/b/b.ts', "export { A } from '../a.ts'"],
    ],
  },
  {
    says: 'pure files mention nothing of the world: no globals, clock or chance',
    check: worldlyThings,
    breaks: [
      ['packages/protocol/src/a.ts', 'const a = Buffer.alloc(1)'],
      ['packages/websocket/src/a.ts', 'type A = Buffer'],
      ['packages/eventlog/src/a.ts', 'setTimeout(() => {}, 1)'],
      ['packages/peer/src/a.ts', "const env = globalThis['process']"],
      ['packages/peer/src/a.ts', 'const decoder = new TextDecoder()'],
      ['packages/peer/src/a.ts', 'const a = { console }'],
      ['packages/peer/src/a.ts', 'const { TextDecoder } = globalThis'],
      ['packages/contract/src/a.ts', "import { readFileSync } from 'node:fs'"],
      ['packages/contract/src/a.ts', 'const a = Date.now() + Math.random()'],
      ['packages/peer/src/a.ts', 'const a = new Date()'],
    ],
    keeps: [
      ['packages/peer/src/node.ts', "import { Buffer } from 'node:buffer'\nBuffer.alloc(1)"],
      ['packages/websocket/src/node/socket.ts', 'setTimeout(() => {}, 1)'],
      ['packages/server/src/a.ts', 'process.exit(1)'],
      ['packages/peer/src/a.test.ts', 'setTimeout(() => {}, 1)'],
      ['packages/peer/src/a.ts', 'const a = { process: 1 }; a.process; const when = new Date(0) // Buffer'],
      ['packages/peer/src/a.ts', 'interface EventSource { a: 1 }\nlet a: EventSource'],
      ['packages/peer/src/a.ts', 'function a({ window }: Limits) { return [window, { window }] }'],
    ],
  },
  {
    says: 'only the codec imports msgpackr',
    check: codecLeaks,
    breaks: [
      ['packages/protocol/src/session.ts', "import { Packr } from 'msgpackr'"],
      ['packages/peer/src/a.ts', "import { unpack } from 'msgpackr/unpack'"],
    ],
    keeps: [['packages/protocol/src/codec-binary.ts', "import { Packr } from 'msgpackr'"]],
  },
  {
    says: 'no file is longer than 350 lines',
    check: longFiles,
    breaks: [['packages/peer/src/a.ts', 'a\n'.repeat(351)]],
    keeps: [['packages/peer/src/a.ts', 'a\n'.repeat(350)]],
  },
  {
    says: 'no function is longer than 60 lines',
    check: longFunctions,
    breaks: [
      ['packages/peer/src/a.ts', `function a() {\n${'a()\n'.repeat(59)}}`],
      ['packages/peer/src/a.ts', `class A {\n b() {\n${'a()\n'.repeat(59)}}}`],
    ],
    keeps: [['packages/peer/src/a.ts', `function a() {\n${'a()\n'.repeat(58)}}`]],
  },
  {
    says: 'no any, enum, namespace, parameter property, export * or default export',
    check: forbiddenSyntax,
    breaks: [
      ['packages/peer/src/a.ts', 'let a: any'],
      ['packages/peer/src/a.ts', 'const a = 1 as any'],
      ['packages/peer/src/a.ts', 'enum A { b }'],
      ['packages/peer/src/a.ts', 'namespace A { export const b = 1 }'],
      ['packages/peer/src/a.ts', 'class A { constructor(readonly b: number) {} }'],
      ['packages/peer/src/a.ts', "export * from './b.ts'"],
      ['packages/peer/src/a.ts', 'export default 1'],
    ],
    keeps: [['packages/peer/src/a.ts', "const any = 'any' // any enum"]],
  },
  {
    says: 'nothing that ships to browsers makes code from text',
    check: madeFromText,
    breaks: [
      ['packages/peer/src/a.ts', "eval('1')"],
      ['packages/peer/src/a.ts', "new Function('return 1')"],
      ['packages/peer/src/a.ts', "Function('return 1')"],
    ],
    keeps: [['packages/peer/src/a.ts', 'type A = Function; const eval2 = 1']],
  },
  {
    says: 'importing a module does nothing but define',
    check: importEffects,
    breaks: [
      ['packages/peer/src/a.ts', 'register()'],
      ['packages/peer/src/a.ts', 'for (const a of [1]) use(a)'],
      ['packages/peer/src/a.ts', 'if (old) polyfill()'],
    ],
  },
  {
    says: 'files and types have names that say something',
    check: emptyNames,
    breaks: [
      ['packages/peer/src/utils.ts', ''],
      ['packages/peer/src/types.ts', ''],
      ['packages/peer/src/a.ts', 'class PeerImpl {}'],
      ['packages/peer/src/a.ts', 'interface IPeer {}'],
      ['packages/peer/src/a.ts', 'type TPeer = 1'],
    ],
    keeps: [['packages/peer/src/a.ts', 'interface Issue {}\ntype TLS = 1\nclass Topic {}\ninterface IOError {}']],
  },
  {
    says: 'every test runs',
    check: restingTests,
    breaks: [
      ['packages/peer/src/a.test.ts', "it.only('a', () => {})"],
      ['packages/peer/src/a.test.ts', "describe.skip('a', () => {})"],
      ['packages/peer/src/a.test.ts', "test.todo('a')"],
    ],
    keeps: [['packages/peer/src/a.test.ts', "it.each([1])('a', () => {})"]],
  },
]

describe('the architecture', () => {
  const sources = packageSources()

  it('there are sources to look at, in every package', () => {
    expect(new Set(sources.map(({ packageName }) => packageName)).size).toBe(inDependencyOrder().length)
  })

  for (const { says, check } of RULES) it(says, () => expect(check(sources).join('\n')).toBe(''))
})

describe('the rules can be broken', () => {
  for (const { says, check, breaks, keeps = [] } of RULES) {
    it(says, () => {
      // Each file breaks its rule alone, but a cycle needs its files together.
      const attempts = check === cycles ? [breaks] : breaks.map((file) => [file])
      for (const attempt of attempts) {
        const found = check(attempt.map(([path, text]) => sourceFile(path, text)))
        expect(found, `not noticed: ${JSON.stringify(attempt)}`).not.toEqual([])
      }
      for (const [path, text] of keeps) expect(check([sourceFile(path, text)])).toEqual([])
    })
  }
})

describe('each package', () => {
  const packages = inDependencyOrder()

  it.each(packages)('compiles its pure files without any ambient types: $name', ({ folder }) => {
    const { compilerOptions } = JSON.parse(readFileSync(`${root}${folder}/tsconfig.json`, 'utf8'))
    expect(compilerOptions.types).toEqual([])
    const layer = LAYERS[folder.split('/')[1] ?? ''] ?? -1
    if (layer === 0) expect(compilerOptions.lib).toEqual(['ES2022', 'ESNext.Disposable'])
  })

  it.each(packages)('$name depends on lower packages only, and publishes the doors that it develops with', (each) => {
    const { name, folder, manifest } = each
    const layer = LAYERS[folder.split('/')[1] ?? ''] ?? -1
    expect(name).toBe(`@wirepact/${folder.split('/')[1]}`)
    for (const dependency of Object.keys(manifest.dependencies ?? {})) {
      const below = /^@wirepact\/(.+)$/.exec(dependency)?.[1]
      if (below !== undefined) expect(LAYERS[below], `${name} → ${below}`).toBeLessThan(layer)
    }
    const doors = Object.entries<Record<string, string> | string>(manifest.exports)
    const published = doors.map(([door, paths]) => {
      if (typeof paths === 'string') return [door, paths]
      const { '@wirepact/source': source, ...rest } = paths
      expect(existsSync(`${root}${folder}/${source}`), `${name} ${door}`).toBe(true)
      return [door, rest]
    })
    expect(Object.fromEntries(published)).toEqual(manifest.publishConfig.exports)
  })
})
