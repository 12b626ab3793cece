// Where things are in this workspace, and the two small acts that every setup step needs: run a program, keep a note.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))

/** Notes of what was done and for which content: inside node_modules, so that they go when it goes. */
const cache = join(root, 'node_modules/.cache/wirepact')

export function cachePath(name) {
  return join(cache, name)
}

export function readNote(name) {
  try {
    return readFileSync(cachePath(name), 'utf8')
  } catch {
    return undefined
  }
}

export function writeNote(name, text) {
  mkdirSync(dirname(cachePath(name)), { recursive: true })
  writeFileSync(cachePath(name), text)
}

/** All files below a folder, sorted; [] when there is none. Leaves out what is installed or made. */
export function filesBelow(folder) {
  if (!existsSync(folder)) return []
  const files = []
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (['node_modules', 'dist', '.git'].includes(entry.name)) continue
    const path = join(folder, entry.name)
    if (entry.isDirectory()) files.push(...filesBelow(path))
    else files.push(path)
  }
  return files.sort()
}

/** Folders of the workspace that have a package.json, as `packages/peer`. */
export function workspaceFolders() {
  const below = (parent) =>
    existsSync(join(root, parent)) ? readdirSync(join(root, parent)).map((name) => `${parent}/${name}`) : []
  return [...below('packages'), ...below('examples'), 'test', 'bench'].filter((folder) =>
    existsSync(join(root, folder, 'package.json')),
  )
}

/** One hash over paths and contents: says whether work done before still holds, whatever the clock says. */
export function hashOf(paths) {
  const hash = createHash('sha256')
  for (const path of paths) {
    hash.update(`${path}\0`)
    hash.update(existsSync(path) ? readFileSync(path) : 'missing')
    hash.update('\0')
  }
  return hash.digest('hex')
}

/** Seconds since `started` (a `performance.now()`), for a line that a person reads. */
export function seconds(started) {
  return `${((performance.now() - started) / 1000).toFixed(1)} s`
}

/**
 * Runs a program to its end. Resolves with its exit code and, unless `show`, with all that it printed.
 * A program that cannot be started is code 127, as in a shell; one that outlives `limitMs` is ended, with code 124.
 */
export function run(command, args, { cwd = root, env = {}, show = false, limitMs = 0 } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, npm_config_loglevel: 'error', ...env },
      stdio: ['ignore', show ? 'inherit' : 'pipe', show ? 'inherit' : 'pipe'],
    })
    let output = ''
    child.stdout?.on('data', (chunk) => {
      output += chunk
    })
    child.stderr?.on('data', (chunk) => {
      output += chunk
    })
    let late = false
    const limit =
      limitMs > 0 &&
      setTimeout(() => {
        late = true
        child.kill('SIGKILL')
      }, limitMs)
    child.on('error', (error) => resolve({ code: 127, output: `${command}: ${error.message}` }))
    child.on('close', (code) => {
      clearTimeout(limit)
      resolve({ code: late ? 124 : (code ?? 1), output })
    })
  })
}

/** Runs jobs two at a time (the smallest machine has two cores), keeping their order in the answer. */
export async function twoAtATime(jobs) {
  const answers = new Array(jobs.length)
  let next = 0
  const worker = async () => {
    while (next < jobs.length) {
      const index = next++
      answers[index] = await jobs[index]()
    }
  }
  await Promise.all([worker(), worker()])
  return answers
}
