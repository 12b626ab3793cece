import { execFile } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { expect, it } from 'vitest'
import { root } from '../setup/workspace.mjs'
import { long, seed } from '../soak/size.ts'
import { program } from './foreign.ts'

const run = promisify(execFile)
const pure = 10_000
const real = long ? 10_000 : 1_000
/**
 * What counts as nothing. The engine's own notes (compiled code, the shapes it met) grow by half of this over the first
 * few thousand connections and then no more; sockets that were kept would be 5 KiB each, bare connections 1.5 KiB.
 */
const MOST_GROWTH_BYTES = 1024 * 1024

it(`${pure} malformed connections without I/O and ${real} real ones leave no memory behind (seed ${seed})`, {
  timeout: 300_000,
}, async () => {
  const out = join(root, 'test/.tmp/interop')
  mkdirSync(out, { recursive: true })
  const outfile = join(out, 'malformed.mjs')
  await build({
    ...{ entryPoints: [program('malformed.ts')], outfile, bundle: true, format: 'esm', platform: 'node' },
    ...{ target: 'es2022', conditions: ['@wirepact/source'], logLevel: 'error' },
  })
  const { stdout } = await run(process.execPath, ['--expose-gc', outfile, String(pure), String(real), String(seed)])
  const { before, after, open } = JSON.parse(stdout) as { before: number; after: number; open: number }
  console.log(`held before ${before}, after ${after} bytes`)
  expect(open).toBe(0)
  expect(after - before).toBeLessThan(MOST_GROWTH_BYTES)
})
