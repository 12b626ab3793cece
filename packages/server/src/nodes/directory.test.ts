import { describe, expect, it } from 'vitest'
import { Directory } from './directory.ts'
import type { Beat } from './message.ts'

function setUp(most?: number) {
  const gone: string[] = []
  const directory = new Directory((node) => gone.push(node), most)
  const beat = (from: string, now: number, goneMs = 6_000): Beat => {
    const beat: Beat = { kind: 'beat', from, at: now, goneMs, isNew: false, draining: false }
    directory.noticed(from, now)
    directory.heard(beat, now)
    return beat
  }
  return { directory, gone, beat }
}

describe('a node', () => {
  it('is there until it was silent for as long as it said', () => {
    const { directory, gone, beat } = setUp()
    beat('a', 0)
    beat('b', 0, 20_000)
    directory.sweep(5_999)
    expect(gone).toEqual([])
    directory.sweep(6_000)
    expect([gone, directory.has('a'), directory.has('b')]).toEqual([['a'], false, true])
  })

  it('is believed no longer than ten minutes, whatever it said', () => {
    const { directory, gone, beat } = setUp()
    beat('a', 0, 1e9)
    directory.sweep(600_000)
    expect(gone).toEqual(['a'])
  })

  it('that said goodbye is not there again for what it had said before', () => {
    const { directory, gone } = setUp()
    directory.noticed('a', 0)
    directory.left('a')
    expect([directory.noticed('a', 1), directory.size, gone]).toEqual([false, 0, ['a']])
  })

  it('more than there may be is not taken in, and those that are stay', () => {
    const { directory } = setUp(2)
    expect(['a', 'b', 'c', 'a'].map((node) => directory.noticed(node, 0))).toEqual([true, true, false, true])
  })
})
