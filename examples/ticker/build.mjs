import { cp, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build as bundle } from 'esbuild'
import { forNode, forPage } from '../bundling.mjs'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))

/**
 * Builds the example: main.js for Node with everything it imports in it, and page/ for the browser. It takes the library
 * from its sources, so nothing has to be built before.
 *
 * @param {{ into?: string }} options the folder to build into; `dist` unless given
 * @returns {Promise<{ main: string, page: string }>} where main.js and the page's folder are
 */
export async function build({ into = here('dist') } = {}) {
  await mkdir(join(into, 'page'), { recursive: true })
  await Promise.all([
    bundle({
      ...forNode,
      entryPoints: [here('src/main.ts')],
      outfile: join(into, 'main.js'),
    }),
    bundle({
      ...forPage,
      entryPoints: {
        app: fileURLToPath(import.meta.resolve('./src/page/app.ts')),
        theme: fileURLToPath(import.meta.resolve('../machine/src/page/theme.ts')),
        style: here('src/page/style.css'),
      },
      outdir: join(into, 'page'),
    }),
    ...['index.html', 'icon.svg'].map((name) => cp(here(`src/page/${name}`), join(into, 'page', name))),
  ])
  return { main: join(into, 'main.js'), page: join(into, 'page/') }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(`Built ${(await build()).main}`)
