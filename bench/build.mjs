// Builds the bench itself, when it is not up to date: what is measured, and what measures, is plain JavaScript.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { withLock } from '../test/setup/lock.mjs'
import { cachePath, filesBelow, hashOf, readNote, root, run, seconds, writeNote } from '../test/setup/workspace.mjs'

const folder = join(root, 'bench')
const NOTE = 'built/bench'

/** Throws an `Error` with all that the compiler said. */
export async function build() {
  if (isCurrent()) return
  await withLock(cachePath('bench.lock'), async () => {
    if (isCurrent()) return
    const started = performance.now()
    const tsup = join(root, 'node_modules/tsup/dist/cli-default.js')
    const { code, output } = await run(process.execPath, [tsup, '--silent'], { cwd: folder })
    if (code !== 0) throw new Error(`The bench does not build:\n${output}`)
    writeNote(NOTE, wanted())
    console.log(`Built the bench in ${seconds(started)}`)
  })
}

function isCurrent() {
  return existsSync(join(folder, 'dist/harness/main.js')) && readNote(NOTE) === wanted()
}

function wanted() {
  const sources = filesBelow(folder).filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
  return hashOf([...sources, join(folder, 'package.json')])
}
