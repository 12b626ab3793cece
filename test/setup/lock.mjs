// One process at a time installs or builds: `npm start` beside `npm test` must not delete what the other just wrote.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const GIVE_UP_AFTER_MS = 5 * 60_000

function isRunning(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

function holder(path) {
  try {
    return Number(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}

/** Runs `work` while this process alone holds the lock file; a lock whose holder is gone is taken over. */
export async function withLock(path, work) {
  const until = Date.now() + GIVE_UP_AFTER_MS
  mkdirSync(dirname(path), { recursive: true })
  for (;;) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' })
      break
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    const pid = holder(path)
    if (pid !== undefined && !isRunning(pid)) rmSync(path, { force: true })
    else if (Date.now() > until) throw new Error(`process ${pid} has held ${path} for five minutes`)
    else await sleep(100)
  }
  try {
    return await work()
  } finally {
    rmSync(path, { force: true })
  }
}
