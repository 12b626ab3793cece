import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { buildPackages, inDependencyOrder } from '../setup/build.mjs'
import { filesBelow, root } from '../setup/workspace.mjs'

const packages = inDependencyOrder()
/** What runs in browsers and workers: everything but the doors to Node.js, with what they alone need. */
const scripts = () =>
  packages
    .flatMap(({ folder }) => filesBelow(join(root, folder, 'dist')))
    .filter((path: string) => path.endsWith('.js') && !path.endsWith('/dist/node.js'))
    .filter((path: string) => !/^import .* from ["']node:/m.test(readFileSync(path, 'utf8')))

describe('what is built', () => {
  beforeAll(() => buildPackages({ declarations: false }), 180_000)

  it('makes no code from text, wherever it may run in a browser or a worker', () => {
    const guilty = scripts().filter((path: string) => /\beval\s*\(|\bFunction\s*\(/.test(readFileSync(path, 'utf8')))
    expect(guilty).toEqual([])
    expect(scripts().length).toBeGreaterThan(packages.length)
  })

  it('needs no script to be installed: neither its packages nor what they depend on at run time', () => {
    const seen = new Set<string>()
    const hasScript = (folder: string): string[] => {
      const {
        name,
        scripts: own = {},
        dependencies = {},
      } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
      if (seen.has(name)) return []
      seen.add(name)
      const guilty = ['preinstall', 'install', 'postinstall'].filter((each) => own[each] !== undefined)
      const below = Object.keys(dependencies)
        .map((each) => join(folder, 'node_modules', each))
        .filter((each) => existsSync(each))
      return [...guilty.map((each) => `${name}: ${each}`), ...below.flatMap(hasScript)]
    }
    expect(packages.flatMap(({ folder }) => hasScript(join(root, folder)))).toEqual([])
    expect(seen.size).toBeGreaterThanOrEqual(packages.length)
  })
})
