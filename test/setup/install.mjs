// Installs the workspace's dependencies, when they are missing or not those of the lockfile. Needs Node.js and npm only.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { withLock } from './lock.mjs'
import { cachePath, hashOf, readNote, root, run, seconds, workspaceFolders, writeNote } from './workspace.mjs'

export const PNPM = 'pnpm@12.21.0'
const NOTE = 'installed'

/** Throws an `Error` whose message is for a person to read. */
export async function install() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major < 20 || (major === 20 && minor < 19)) {
    throw new Error(`wirepact needs Node.js 20.19 or later; this is ${process.versions.node}`)
  }
  if (isCurrent()) return
  // The note's folder is inside node_modules: locking creates it, and pnpm does not mind.
  await withLock(cachePath('install.lock'), async () => {
    if (isCurrent()) return
    const started = performance.now()
    process.stdout.write('Installing dependencies with pnpm … ')
    // CI: no questions, no progress bar, and never another lockfile than the one that was committed.
    const args = ['-y', PNPM, 'install', '--frozen-lockfile']
    const { code, output } = await run('npx', args, { env: { CI: 'true' } })
    if (code !== 0) {
      console.log('failed')
      throw new Error(
        `Installing failed: \`npx ${args.join(' ')}\` ended with code ${code} and said:\n\n${output.trim()}\n\n` +
          'npm must be able to reach a package registry; running the same command by hand shows more.',
      )
    }
    writeNote(NOTE, wanted())
    console.log(`done in ${seconds(started)}`)
  })
}

/** What an install depends on: the lockfile, and every manifest (a new workspace folder needs its links). */
function wanted() {
  const manifests = workspaceFolders().map((folder) => join(root, folder, 'package.json'))
  return hashOf(
    ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json'].map((name) => join(root, name)).concat(manifests),
  )
}

function isCurrent() {
  return existsSync(join(root, 'node_modules/.modules.yaml')) && readNote(NOTE) === wanted()
}
