// Other versions of Node.js, from npm's `node` package, for tests that run the same program on each.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { withLock } from './lock.mjs'
import { cachePath, run } from './workspace.mjs'

/**
 * The path of a Node.js binary of this major version: the running one when it is that, otherwise one that is installed
 * once below node_modules/.cache. Nothing global changes. Throws an `Error` with npm's own words when it cannot be had.
 */
export async function nodeBinary(major) {
  if (process.versions.node.split('.')[0] === String(major)) return process.execPath
  const folder = cachePath(`node-${major}`)
  const binary = join(folder, 'node_modules/node/bin/node')
  if (existsSync(binary)) return binary
  return withLock(`${folder}.lock`, async () => {
    if (existsSync(binary)) return binary
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
    // The `node` package is an empty shell whose install script fetches the binary for this machine, also from npm.
    const args = ['install', '--no-save', '--no-package-lock', '--foreground-scripts', `node@${major}`]
    const { code, output } = await run('npm', args, { cwd: folder })
    const version = code === 0 ? await run(binary, ['--version']) : undefined
    if (version?.code !== 0)
      throw new Error(`Node.js ${major} could not be installed from npm:\n${version?.output ?? output}`)
    return binary
  })
}
