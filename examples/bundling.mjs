// What the builds of the examples have in common, as options of esbuild. All take the library from its sources, so that
// nothing has to be built before.

const shared = { bundle: true, format: 'esm', logLevel: 'warning', legalComments: 'none' }

/** For a program that Node.js runs, with everything it imports in it. */
export const forNode = {
  ...shared,
  platform: 'node',
  target: 'node20',
  conditions: ['@wirepact/source'],
  sourcemap: true,
  // Bundled CommonJS asks for Node's own modules with require(), which an ES module does not have by itself.
  banner: {
    js: "import { createRequire as createRequireHere } from 'node:module'; const require = createRequireHere(import.meta.url);",
  },
}

/** For the scripts and styles of a page. */
export const forPage = {
  ...shared,
  platform: 'browser',
  target: ['chrome123', 'firefox120', 'safari17.5'],
  conditions: ['@wirepact/source', 'browser'],
  minify: true,
}
