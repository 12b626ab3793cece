import { cp, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build as bundle } from 'esbuild'

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
  const shared = { bundle: true, format: 'esm', logLevel: 'warning', legalComments: 'none' }
  await Promise.all([
    bundle({
      ...shared,
      entryPoints: [here('src/main.ts')],
      outfile: join(into, 'main.js'),
      platform: 'node',
      target: 'node20',
      conditions: ['@wirepact/source'],
      sourcemap: true,
      // Bundled CommonJS asks for Node's own modules with require(), which an ES module does not have by itself.
      banner: {
        js: "import { createRequire as createRequireHere } from 'node:module'; const require = createRequireHere(import.meta.url);",
      },
    }),
    bundle({
      ...shared,
      entryPoints: {
        app: fileURLToPath(import.meta.resolve('./src/page/app.ts')),
        theme: fileURLToPath(import.meta.resolve('../machine/src/page/theme.ts')),
        style: here('src/page/style.css'),
      },
      outdir: join(into, 'page'),
      platform: 'browser',
      target: ['chrome123', 'firefox120', 'safari17.5'],
      conditions: ['@wirepact/source', 'browser'],
      minify: true,
    }),
    ...['index.html', 'icon.svg'].map((name) => cp(here(`src/page/${name}`), join(into, 'page', name))),
  ])
  return { main: join(into, 'main.js'), page: join(into, 'page/') }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(`Built ${(await build()).main}`)
