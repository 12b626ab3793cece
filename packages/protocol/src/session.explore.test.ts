import { describe, expect, it } from 'vitest'
import { explore } from './testing/explore.ts'
import type { Design, Rule } from './testing/session-design.ts'

/** As it is built: two calls, two cuts, one restart. */
const asBuilt: Design = { calls: 2, cuts: 2, restarts: 1, givesUp: true, numbered: 'by-server', mayLose: true }
const small: Design = { ...asBuilt, calls: 1 }

describe('every state that the design of the session can reach', () => {
  it('keeps order and the bounds of acks, runs nothing twice, and ends with every call settled', {
    timeout: 120_000,
  }, () => {
    const { found, states, steps, depth } = explore(asBuilt)
    expect(found).toBeUndefined()
    console.log(`${states} states, ${steps} steps between them, the furthest ${depth} steps away`)
    // Less would mean that something cannot happen any more, and nothing is proved about it.
    expect(states).toBeGreaterThan(100_000)
  })

  it('without restarts keeps its session, if clients number their hellos', () => {
    expect(explore({ ...small, mayLose: false, numbered: 'by-client' }).found).toBeUndefined()
  })

  it('may lose its session to the hello of an older try that arrives after the newer, as long as they do not', () => {
    const { found } = explore({ ...small, restarts: 0, mayLose: false })
    expect(found?.wrong).toBe('a session was lost, and no server restarted')
    expect(found?.way.filter((name) => name === 'client dials')).toHaveLength(3)
  })
})

describe('a rule that is left out is missed', () => {
  const rules: [Rule, string, Partial<Design>][] = [
    ['unknown-session-begins-anew', 'call 0 ran twice', {}],
    ['newest-connection-only', 'call 0 ran twice', {}],
    ['no-second-run', 'call 0 ran twice', {}],
    ['resend', 'a call never settles', { restarts: 0 }],
    [
      'old-token-until-spoken',
      'a session was lost, and no server restarted',
      { mayLose: false, numbered: 'by-client' },
    ],
  ]
  it.each(rules)('%s: %s', (without, wrong, more) => {
    const { found } = explore({ ...small, ...more, without }, wrong)
    expect(found?.wrong).toBe(wrong)
  })
})
