import { Incidents } from '@wirepact/peer'
import { describe, expect, it } from 'vitest'
import { manualClock } from '../testing/manual-clock.ts'
import type { Bus } from './bus.ts'
import { Directory } from './directory.ts'
import type { Membership } from './membership.ts'
import { Survey } from './survey.ts'

/** The questions of a node that knows of one other, which lives, and which says nothing. */
function setUp() {
  const clock = manualClock()
  const directory = new Directory(() => {})
  directory.noticed('other', 0)
  const bus = { to: async () => {}, toAll: async () => {} } as unknown as Bus
  const membership = { warm: true } as Membership
  const incidents = new Incidents('test', () => {})
  return { clock, survey: new Survey({ bus, directory, membership, clock, incidents, answer: () => 0 }) }
}

const settled = async () => {
  for (let n = 0; n < 10; n++) await Promise.resolve()
}

describe('a question to one node', () => {
  it('is given up when no answer comes, though the node lives: what was lost must not keep others from being asked', async () => {
    const { clock, survey } = setUp()
    const asked = Array.from({ length: 10_000 }, (_, n) => survey.askOne('other', 'run', `call ${n}`))
    await expect(survey.ask('revoke', 'ann')).rejects.toMatchObject({ code: 'resource-exhausted' })
    clock.moveTo(31_000)
    for (const { answers, complete } of await Promise.all(asked)) expect([answers.size, complete]).toEqual([0, false])
    const revoked = survey.ask('revoke', 'ann')
    await settled()
    survey.answered({ kind: 'answer', from: 'other', at: 0, id: 10_001, answer: 3 })
    expect((await revoked).answers.get('other')).toBe(3)
  })
})
