import { gzipSync } from 'node:zlib'
import { build, type Plugin } from 'esbuild'
import { beforeAll, describe, expect, it } from 'vitest'
import { buildPackages } from '../setup/build.mjs'
import { root } from '../setup/workspace.mjs'

/**
 * Bytes after gzip, the schema library left out: it is the user's, and differs. The target is 20,000; these hold what
 * has been reached, so that it only becomes less (packages/docs/decisions/0006-size-of-the-browser-client.md).
 */
const BUDGET = { client: 24_900, withEverything: 34_750 }

/** What the door for values laid out by shape may cost. */
const SHAPES = 4_550

/** A page's own line: what tree shaking cannot remove is what a page pays for. */
const ENTRY = "import { connect } from '@wirepact/client'\nglobalThis.connect = connect\n"

/** What is fetched only for contracts that need it. */
const doors = ['@wirepact/peer/answering', '@wirepact/peer/eventing', '@wirepact/peer/streaming']

/** The codec: how messages become bytes. */
const codec =
  /packages\/protocol\/src\/(binary-codec|value-(reader|writer)|fields|refusal|plain-object|varint|tags|text|system)\.ts$/

/** The codec as empty modules: what remains is the price of everything else. */
const withoutCodec: Plugin = {
  name: 'without-codec',
  setup(build) {
    build.onLoad({ filter: codec }, () => ({
      // CommonJS on purpose: the names that importers ask of it are then not missed when bundling.
      contents: 'module.exports = {}',
      loader: 'js',
    }))
  },
}

interface Bundle {
  readonly text: string
  /** Minified bytes of each package in it, before gzip. */
  readonly shares: ReadonlyMap<string, number>
}

async function bundle(
  options: { conditions: string[]; plugins?: Plugin[]; external?: string[] },
  entry = ENTRY,
): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: entry, resolveDir: `${root}test`, loader: 'js' },
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    logLevel: 'silent',
    conditions: ['browser', 'import', 'module', ...options.conditions],
    plugins: options.plugins ?? [],
    external: options.external ?? [],
  })
  const shares = new Map<string, number>()
  for (const [path, { bytesInOutput }] of Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.entries(inputs),
  )) {
    const name = /packages\/([^/]+)/.exec(path)?.[1] ?? 'other'
    shares.set(name, (shares.get(name) ?? 0) + bytesInOutput)
  }
  return { text: outputFiles[0]?.text ?? '', shares }
}

function gzipped(text: string): number {
  return gzipSync(text, { level: 9 }).length
}

describe('the client in a browser', () => {
  let shipped: Bundle = { text: '', shares: new Map() }

  beforeAll(async () => {
    await buildPackages()
    // As published: from dist, so that what the build does to it counts too.
    shipped = await bundle({ conditions: [] })
  }, 180_000)

  it(`costs at most ${BUDGET.client} bytes, and ${BUDGET.withEverything} with events, streams and what answers calls`, async () => {
    const all = gzipped(shipped.text)
    const lean = gzipped((await bundle({ conditions: [], external: doors })).text)
    const alone = gzipped((await bundle({ conditions: ['@wirepact/source'], plugins: [withoutCodec] })).text)
    const shares = [...shipped.shares].map(([name, bytes]) => `${name} ${bytes}`).join(', ')
    console.log(
      `browser client, minified and gzipped: ${lean} bytes (target 20000), ${all} with events, streams and what answers calls, ` +
        `${alone} of that without the codec (minified: ${shares})`,
    )
    expect(alone).toBeLessThan(all)
    expect(lean).toBeLessThanOrEqual(BUDGET.client)
    expect(all).toBeLessThanOrEqual(BUDGET.withEverything)
  })

  it('makes no code from text, which a content policy would refuse', async () => {
    const entry = ENTRY.replace(
      '\n',
      "\nimport { shapes } from '@wirepact/client/shapes'\nglobalThis.shapes = shapes\n",
    )
    const { text } = await bundle({ conditions: [], external: doors }, entry)
    const without = gzipped((await bundle({ conditions: [], external: doors })).text)
    console.log(`values laid out by shape cost a page ${gzipped(text) - without} bytes more`)
    expect(gzipped(text) - without).toBeLessThanOrEqual(SHAPES)
    expect(text).not.toMatch(/\beval\s*\(|\bFunction\s*\(/)
    expect(shipped.text).not.toMatch(/\beval\s*\(/)
    expect(shipped.text).not.toMatch(/\bFunction\s*\(/)
    // The bundle is the client, not an empty file in which nothing can be found.
    expect(shipped.text.length).toBeGreaterThan(5_000)
  })

  it('asks for nothing of Node.js', () => {
    expect(shipped.text).not.toMatch(/\bfrom\s*["'](node:)?(net|tls|http|zlib|crypto|buffer)["']/)
  })
})
