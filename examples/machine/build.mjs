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
 * @returns {Promise<{ main: string, page: string, pageBytes: number }>} where main.js and the page's folder are, and how
 * large the page's script is
 */
export async function build({ into = here('dist') } = {}) {
  await mkdir(join(into, 'page'), { recursive: true })
  const [, page] = await Promise.all([
    bundle({
      ...forNode,
      entryPoints: [here('src/main.ts')],
      outfile: join(into, 'main.js'),
    }),
    bundle({
      ...forPage,
      entryPoints: {
        app: fileURLToPath(import.meta.resolve('./src/page/app.ts')),
        theme: fileURLToPath(import.meta.resolve('./src/page/theme.ts')),
        style: here('src/page/style.css'),
      },
      outdir: join(into, 'page'),
      metafile: true,
    }),
    ...['index.html', 'icon.svg'].map((name) => cp(here(`src/page/${name}`), join(into, 'page', name))),
  ])
  const script = Object.entries(page.metafile.outputs).find(([name]) => name.endsWith('/app.js'))
  return { main: join(into, 'main.js'), page: join(into, 'page/'), pageBytes: script?.[1].bytes ?? 0 }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { main, pageBytes } = await build()
  console.log(`Built ${main}; the page's script has ${Math.round(pageBytes / 1024)} KB.`)
}
