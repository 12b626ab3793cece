import { readFileSync } from 'node:fs'

/** The cores for the server and for the client. */
export interface Cores {
  readonly server: number
  readonly client: number
}

/**
 * Two cores that this process may use, no two threads of one core if that can be had; undefined where there is only one
 * or nothing says so. Reads Linux's own files; other systems have no `taskset` either.
 */
export function twoCores(read: (path: string) => string = (path) => readFileSync(path, 'utf8')): Cores | undefined {
  let allowed: readonly number[]
  try {
    const [, list = ''] = /^Cpus_allowed_list:\s*(.+)$/m.exec(read('/proc/self/status')) ?? []
    allowed = coresOf(list)
  } catch {
    return undefined
  }
  const [server, second] = allowed
  if (server === undefined || second === undefined) return undefined
  const siblings = siblingsOf(server, read)
  return { server, client: allowed.find((core) => core !== server && !siblings.includes(core)) ?? second }
}

function siblingsOf(core: number, read: (path: string) => string): readonly number[] {
  try {
    return coresOf(read(`/sys/devices/system/cpu/cpu${core}/topology/thread_siblings_list`))
  } catch {
    return []
  }
}

/** `0-2,5` as numbers. */
function coresOf(list: string): readonly number[] {
  return list
    .trim()
    .split(',')
    .filter((part) => part !== '')
    .flatMap((part) => {
      const [first = Number.NaN, last = first] = part.split('-').map(Number)
      return Array.from({ length: last - first + 1 }, (_, index) => first + index)
    })
}
