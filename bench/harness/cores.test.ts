import { describe, expect, it } from 'vitest'
import { twoCores } from './cores.ts'

/** A machine's files: the cores we may use, and which of them share one. */
function machine(allowed: string, siblings: Readonly<Record<number, string>> = {}) {
  return (path: string): string => {
    if (path === '/proc/self/status') return `Name:\tnode\nCpus_allowed:\t3\nCpus_allowed_list:\t${allowed}\n`
    const core = Number(/cpu(\d+)\/topology\/thread_siblings_list$/.exec(path)?.[1])
    if (siblings[core] === undefined) throw new Error(`ENOENT: ${path}`)
    return `${siblings[core]}\n`
  }
}

describe('the cores for server and client', () => {
  it.each([
    ['the first two', machine('0-1'), { server: 0, client: 1 }],
    ['of those that may be used', machine('3,8-9'), { server: 3, client: 8 }],
    ['not two threads of one', machine('0-3', { 0: '0-1' }), { server: 0, client: 2 }],
    ['as they are numbered elsewhere', machine('0-3', { 0: '0,2' }), { server: 0, client: 1 }],
    ['two threads of one when there is no other', machine('0-1', { 0: '0-1' }), { server: 0, client: 1 }],
    ['none on a machine with one', machine('0'), undefined],
    ['none where nothing says', () => '', undefined],
  ])('%s', (_fact, read, cores) => {
    expect(twoCores(read)).toEqual(cores)
  })

  it('none on another system', () => {
    const nothing = (path: string): string => {
      throw new Error(`ENOENT: ${path}`)
    }
    expect(twoCores(nothing)).toBeUndefined()
  })
})
