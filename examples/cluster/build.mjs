import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build as bundle } from 'esbuild'
import { forNode } from '../bundling.mjs'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))

/**
 * Builds the example: main.js for Node with everything it imports in it. It takes the library from its sources, so
 * nothing has to be built before.
 *
 * @param {{ into?: string }} options the folder to build into; `dist` unless given
 * @returns {Promise<{ main: string }>} where main.js is
 */
export async function build({ into = here('dist') } = {}) {
  const main = join(into, 'main.js')
  await bundle({
    ...forNode,
    entryPoints: [here('src/main.ts')],
    outfile: main,
  })
  return { main }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(`Built ${(await build()).main}`)
