// The engines that logs are kept in: real servers, for the tests that kill, stop and wipe them.
import { findProgram, provideProgram } from './debian.mjs'
import { withLock } from './lock.mjs'
import { cachePath, run } from './workspace.mjs'

const REDIS = { names: ['redis-server'], debianPackage: 'redis-server' }
const VALKEY = { names: ['valkey-server'], debianPackage: 'valkey-server' }
const NATS = { names: ['nats-server'], debianPackage: 'nats-server' }

/** Finds or installs; `{ path }` or `{ missing }` with the reason in words. */
export function provideRedis() {
  return provideAlone(REDIS)
}

/** As `provideRedis`, where it is packaged: Debian has it from its version 13 on. */
export async function provideValkey() {
  if (findProgram(VALKEY.names) !== undefined) return provideAlone(VALKEY)
  const { code } = await run('apt-cache', ['show', VALKEY.debianPackage])
  return code === 0 ? provideAlone(VALKEY) : { missing: 'valkey-server is not packaged for this system' }
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
