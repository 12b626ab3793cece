import { describe, expect, it } from 'vitest'
import { Witness } from './witness.ts'

describe('what a node saw last', () => {
  it('is the newest sixteen, whatever came late', () => {
    const witness = new Witness()
    expect([witness.newest, witness.sightings]).toEqual([0, []])
    for (let seq = 1; seq <= 40; seq++) witness.note(seq, `${seq}`)
    witness.note(3, 'late')
    expect(witness.newest).toBe(40)
    const seqs = witness.sightings.map(({ seq }) => seq).sort((a, b) => a - b)
    expect(seqs).toEqual(Array.from({ length: 16 }, (_, n) => 25 + n))
  })

  it('of messages of others only the number counts', () => {
    const witness = new Witness()
    witness.note(5, 'five')
    witness.noteLast(9)
    expect([witness.newest, witness.sightings]).toEqual([9, [{ seq: 5, id: 'five' }]])
  })

  it('is forgotten with its history', () => {
    const witness = new Witness()
    witness.note(5, 'five')
    witness.clear()
    expect([witness.newest, witness.sightings]).toEqual([0, []])
    witness.note(1, 'one')
    expect(witness.sightings).toEqual([{ seq: 1, id: 'one' }])
  })
})
