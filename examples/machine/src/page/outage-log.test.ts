import { describe, expect, it } from 'vitest'
import { createOutageLog } from './outage-log.ts'
import { createTrack } from './track.ts'

function tracksAt(seqs: Record<string, number>) {
  const tracks = new Map(Object.keys(seqs).map((name) => [name, createTrack()]))
  const push = (name: string, ...numbers: number[]) => {
    for (const seq of numbers) tracks.get(name)?.add({ seq, at: new Date(seq), values: [] }, 'pushed')
  }
  for (const [name, seq] of Object.entries(seqs)) push(name, seq)
  return { tracks, push }
}
const newest = (seqs: Record<string, number>) => new Map(Object.entries(seqs))

describe('the account of an outage', () => {
  it('is settled when everything measured meanwhile was replayed', () => {
    const { tracks, push } = tracksAt({ cpu: 10, load: 10 })
    const log = createOutageLog()
    log.lost(tracks, 1000)
    log.back(newest({ cpu: 13, load: 12 }), 5200)
    push('cpu', 11, 12, 13)
    expect(log.settle(tracks, 5300)).toBeUndefined()
    push('load', 11, 12)
    expect(log.settle(tracks, 5400)).toEqual({ awayMs: 4200, replayed: 5, missing: 0 })
    expect(log.settle(tracks, 5500)).toBeUndefined()
  })

  it('does not count what was measured after the return', () => {
    const { tracks, push } = tracksAt({ cpu: 10 })
    const log = createOutageLog()
    log.lost(tracks, 0)
    log.back(newest({ cpu: 11 }), 1000)
    push('cpu', 11, 12, 13)
    expect(log.settle(tracks, 1000)?.replayed).toBe(1)
  })

  it('says what is missing when it does not come, and history does not count as replayed', () => {
    const { tracks, push } = tracksAt({ cpu: 10 })
    const log = createOutageLog()
    log.lost(tracks, 0)
    log.back(newest({ cpu: 13 }), 1000)
    push('cpu', 13)
    tracks.get('cpu')?.add({ seq: 12, at: new Date(12), values: [] }, 'history')
    expect(log.settle(tracks, 2000)).toBeUndefined()
    expect(log.settle(tracks, 60_000)).toEqual({ awayMs: 1000, replayed: 1, missing: 2 })
  })

  it('grows longer when the connection goes again before it was settled', () => {
    const { tracks, push } = tracksAt({ cpu: 10 })
    const log = createOutageLog()
    log.lost(tracks, 0)
    log.back(newest({ cpu: 12 }), 1000)
    push('cpu', 11)
    log.lost(tracks, 1100)
    log.back(newest({ cpu: 14 }), 3000)
    push('cpu', 12, 13, 14)
    expect(log.settle(tracks, 3000)).toEqual({ awayMs: 3000, replayed: 4, missing: 0 })
  })

  it('counts nothing as missing when the machine was started anew and numbers from 1', () => {
    const { tracks } = tracksAt({ cpu: 10 })
    const log = createOutageLog()
    log.lost(tracks, 0)
    log.back(newest({ cpu: 3 }), 1000)
    expect(log.settle(tracks, 1000)).toEqual({ awayMs: 1000, replayed: 0, missing: 0 })
  })
})
