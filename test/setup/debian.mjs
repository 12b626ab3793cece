// Real programs for tests (a browser, an engine): found where they are, or installed from Debian's packages.
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { run, seconds } from './workspace.mjs'

/** The full path of an executable on PATH or in the usual folders (sbin is not on every user's PATH). */
export function findProgram(names) {
  const folders = [
    ...(process.env.PATH ?? '').split(delimiter),
    '/usr/bin',
    '/usr/local/bin',
    '/usr/sbin',
    '/usr/lib/chromium',
  ]
  for (const name of names) {
    for (const folder of folders) {
      const path = join(folder, name)
      try {
        accessSync(path, constants.X_OK)
        return path
      } catch {
        // Not here: on to the next folder.
      }
    }
  }
  return undefined
}

/** Answers `{ path }`, or `{ missing }` with the reason in words. Never throws: a test run decides what missing means. */
export async function provideProgram({ names, debianPackage }) {
  const found = findProgram(names)
  if (found !== undefined) return { path: found }
  if (findProgram(['apt-get']) === undefined) {
    return { missing: `${names[0]} was not found, and there is no apt-get here to install Debian's ${debianPackage}` }
  }
  const asRoot = await rootCommand()
  if (asRoot === undefined) {
    return { missing: `${names[0]} was not found, and installing Debian's ${debianPackage} needs root or sudo` }
  }
  const started = performance.now()
  process.stdout.write(`Installing Debian's ${debianPackage} … `)
  const failure = await aptInstall(asRoot, debianPackage)
  const path = findProgram(names)
  if (path !== undefined) {
    console.log(`done in ${seconds(started)}`)
    return { path }
  }
  console.log('failed')
  return { missing: `${names[0]} was not found, and apt-get could not install ${debianPackage}:\n${failure}` }
}

/** What to put before a command that needs root; undefined when there is no way without asking for a password. */
async function rootCommand() {
  if (process.getuid?.() === 0) return []
  const { code } = await run('sudo', ['-n', 'true'])
  return code === 0 ? ['sudo', '-n'] : undefined
}

async function aptInstall(asRoot, debianPackage) {
  // A fresh image has no package lists: without the update every install ends with "unable to locate package".
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', debianPackage]]) {
    const [command, ...rest] = [...asRoot, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-qq', ...args]
    const { code, output } = await run(command, rest)
    if (code !== 0) return output.trim().split('\n').slice(-5).join('\n')
  }
  return 'apt-get reported success, but the program is not there'
}
