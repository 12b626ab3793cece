import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build as bundle } from 'esbuild'
import { forNode } from '../bundling.mjs'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))

/**
 * Builds the example: main.js, and echo-worker.js for the thread that it starts. It takes the library from its sources,
 * so nothing has to be built before.
 *
 * @param {{ into?: string }} options the folder to build into; `dist` unless given
 * @returns {Promise<{ main: string, worker: string }>} where the programs are
 */
export async function build({ into = here('dist') } = {}) {
  await bundle({
    ...forNode,
    entryPoints: [here('src/main.ts'), here('src/echo-worker.ts')],
    outdir: into,
  })
  return { main: join(into, 'main.js'), worker: join(into, 'echo-worker.js') }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(`Built ${(await build()).main}`)
