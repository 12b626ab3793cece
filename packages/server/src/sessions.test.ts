import { createHash, randomBytes } from 'node:crypto'
import { type HelloMessage, Kind } from '@wirepact/protocol'
import { describe, expect, it } from 'vitest'
import { publicLimits } from './limits.ts'
import type { ServedConnection } from './served-connection.ts'
import { Sessions, sessionBytes } from './sessions.ts'

/** As much of a connection as the store of sessions looks at. */
class Kept {
  readonly fingerprint = 'f'
  readonly encoding = 'binary'
  readonly id: string
  #bytes = 0
  received = 10
  ended: string | undefined
  sessions: Sessions | undefined

  constructor(id: string) {
    this.id = id
  }

  get heldBytes(): number {
    return this.#bytes
  }

  set heldBytes(bytes: number) {
    this.#bytes = bytes
  }

  canResume(received: number): boolean {
    return this.ended === undefined && received <= this.received
  }

  end(because: string): void {
    this.ended = because
    this.sessions?.forget(this.face)
  }

  get face(): ServedConnection {
    return this as unknown as ServedConnection
  }
}

/** Sessions that notice how often it is asked what they hold. */
class Counted extends Kept {
  looks = 0
  override get heldBytes(): number {
    this.looks++
    return 100
  }
  override set heldBytes(_bytes: number) {}
}

function counted() {
  const sessions = new Sessions({
    clock: { now: () => 0, schedule: () => () => {} },
    limits: { ...publicLimits, detachedBytes: 1_000_000_000 },
    random: (count) => new Uint8Array(count),
    digest: async () => '',
  })
  const keep = (id: string) => {
    const each = new Counted(id)
    sessions.keep(each.face, 'ann', { token: new Uint8Array(), hash: id }, 0)
    return each
  }
  return { sessions, keep }
}

function setup(detachedBytes = 100_000) {
  const timers = new Map<() => void, number>()
  let arrivals = 0
  const sessions = new Sessions({
    clock: {
      now: () => 0,
      schedule(delayMs, task) {
        timers.set(task, delayMs)
        return () => timers.delete(task)
      },
    },
    limits: { ...publicLimits, detachedBytes, detachedMs: 60_000 },
    random: (count) => new Uint8Array(randomBytes(count)),
    digest: async (bytes) => createHash('sha256').update(bytes).digest('hex'),
  })
  const add = async (id: string, principal = 'alice') => {
    const kept = new Kept(id)
    kept.sessions = sessions
    const draft = await sessions.draft()
    sessions.keep(kept.face, principal, draft, ++arrivals)
    return { kept, token: draft.token }
  }
  /** A client comes back with a token; gives the next one. */
  const comeBack = async (id: string, token: Uint8Array) => {
    const found = await find(id, token)
    if (found === undefined) return undefined
    const draft = await sessions.draft()
    sessions.keep(found.connection, 'alice', draft, ++arrivals, found)
    return draft.token
  }
  const find = (session: string, token: Uint8Array, principal = 'alice', more: Partial<HelloMessage> = {}) =>
    sessions.find({ ...hello(session, token), ...more }, principal, 'binary', ++arrivals)
  return { sessions, timers, add, find, comeBack }
}

function hello(session: string, token: Uint8Array, received = 0): HelloMessage {
  return { kind: Kind.hello, fingerprint: 'f', resume: { session, token, received } }
}

describe('5,000 clients that are cut off at once', () => {
  it('are counted once each, not once more for each other', () => {
    const { sessions, keep } = counted()
    const kept = Array.from({ length: 5_000 }, (_, index) => keep(`s${index}`))
    for (const each of kept) sessions.away(each.face)
    expect(kept.reduce((total, { looks }) => total + looks, 0)).toBe(5_000)
    expect(sessions.heldBytes).toBe(5_000 * (sessionBytes + 100))
    for (const each of kept) sessions.forget(each.face)
    expect([sessions.heldBytes, sessions.absent]).toEqual([0, 0])
  })
})

describe('a session is found', () => {
  it('by its name, its token, and its principal', async () => {
    const { add, find } = setup()
    const { kept, token } = await add('s')
    expect((await find('s', token))?.connection).toBe(kept)
  })

  it('by the token it began with, and each that followed, once the client has spoken by none but the newest', async () => {
    const { sessions, add, find, comeBack } = setup()
    const { kept, token } = await add('s')
    let newest = token
    for (let round = 0; round < 5; round++) {
      const before = newest
      newest = (await comeBack('s', before)) as Uint8Array
      // Its welcome may have been lost: until the client has spoken both are good.
      expect([await find('s', before), await find('s', newest)]).not.toContain(undefined)
      sessions.spoke(kept.face)
      expect([await find('s', before), await find('s', newest)]).toEqual([undefined, expect.anything()])
    }
  })

  it('and knows whether a later hello has it already', async () => {
    const { add, find, comeBack } = setup()
    const { token } = await add('s')
    const early = await find('s', token)
    expect(early?.overtaken()).toBe(false)
    await comeBack('s', token)
    expect(early?.overtaken()).toBe(true)
  })

  it('however many welcomes in a row are lost', async () => {
    const { add, comeBack } = setup()
    const { token } = await add('s')
    for (let lost = 0; lost < 10; lost++) expect(await comeBack('s', token)).toBeDefined()
  })
})

describe('a session is refused', () => {
  it('to ten thousand who guess, replay, steal, or are somebody else; and it is none the worse for it', async () => {
    const { sessions, add, find, comeBack } = setup()
    const { kept, token: first } = await add('s')
    const other = await add('other', 'mallory')
    const second = (await comeBack('s', first)) as Uint8Array
    sessions.spoke(kept.face)
    const flipped = (bit: number) => second.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))
    let accepted = 0
    for (let round = 0; round < 2_000; round++) {
      const tries = await Promise.all([
        find('s', new Uint8Array(randomBytes(32))),
        find('s', first),
        find('s', flipped(round % 256)),
        find('s', second, 'mallory'),
        find('s', other.token),
        find('other', second),
      ])
      accepted += tries.filter((found) => found !== undefined).length
    }
    expect(accepted).toBe(0)
    expect([kept.ended, sessions.absent, (await find('s', second))?.connection]).toEqual([undefined, 0, kept])
  })

  const cases: [string, (token: Uint8Array) => [HelloMessage, string]][] = [
    ['that nobody has', (token) => [hello('t', token), 'binary']],
    ['with no token', () => [hello('s', new Uint8Array(0)), 'binary']],
    ['with half a token', (token) => [hello('s', token.subarray(0, 16)), 'binary']],
    ['that spoke the other encoding', (token) => [hello('s', token), 'json']],
    ['of another contract', (token) => [{ ...hello('s', token), fingerprint: 'g' }, 'binary']],
    ['that cannot go on from there', (token) => [hello('s', token, 11), 'binary']],
    ['that was not asked for', () => [{ kind: Kind.hello, fingerprint: 'f' }, 'binary']],
  ]
  it.each(cases)('%s', async (_, ask) => {
    const { sessions, add } = setup()
    const { token } = await add('s')
    const [message, encoding] = ask(token)
    expect(await sessions.find(message, 'alice', encoding, 1)).toBeUndefined()
  })

  it('once it has been forgotten', async () => {
    const { sessions, add, find } = setup()
    const { kept, token } = await add('s')
    sessions.forget(kept.face)
    expect(await find('s', token)).toBeUndefined()
  })
})

describe('of two hellos that ask for a session', () => {
  const asks = (token: Uint8Array, attempt?: number): Partial<HelloMessage> => ({
    resume: { session: 's', token, received: 0, attempt },
  })

  it.each([
    { name: 'the one with the greater number, though it came first', first: 3, second: 2, wins: 'first' },
    { name: 'the one with the greater number, which came second', first: 2, second: 3, wins: 'second' },
    { name: 'without numbers the one that came second', first: undefined, second: undefined, wins: 'second' },
    { name: 'with the same number the one that came second', first: 2, second: 2, wins: 'second' },
  ])('has it: $name', async ({ first, second, wins }) => {
    const { sessions, add, find } = setup()
    const { token } = await add('s')
    const one = await find('s', token, 'alice', asks(token, first))
    const other = await find('s', token, 'alice', asks(token, second))
    if (one === undefined || other === undefined) throw new Error('neither was found')
    expect([one.overtaken(), other.overtaken()]).toEqual([false, false])
    const [winner, loser] = wins === 'first' ? [one, other] : [other, one]
    // Both were found; permission to the one may come before or after that to the other.
    sessions.keep(winner.connection, 'alice', await sessions.draft(), wins === 'first' ? 2 : 3, winner)
    expect(loser.overtaken()).toBe(true)
    // One that arrives only now finds the same, with the token that it had then.
    const late = await find('s', token, 'alice', asks(token, 1))
    expect(late?.overtaken()).toBe(first !== undefined)
  })
})

describe('a session whose client is away', () => {
  it('ends when nobody comes back in time, and has no timer once somebody does', async () => {
    const { sessions, timers, add, comeBack } = setup()
    const { kept, token } = await add('s')
    sessions.away(kept.face)
    expect([sessions.absent, [...timers.values()]]).toEqual([1, [60_000, 1_000]])
    await comeBack('s', token)
    expect([sessions.absent, timers.size]).toEqual([0, 0])
    sessions.away(kept.face)
    for (const task of [...timers.keys()]) task()
    expect([kept.ended, sessions.absent, timers.size]).toEqual(['nobody came back within 60000 ms', 0, 0])
  })

  it('is ended for the bytes it holds, the longest absent first, and no more than it takes', async () => {
    const { sessions, timers, add } = setup(1_000 + 2 * sessionBytes)
    const all = []
    for (const id of ['a', 'b', 'c', 'd']) {
      const { kept } = await add(id)
      kept.heldBytes = 400
      all.push(kept)
      sessions.away(kept.face)
    }
    expect(all.map(({ ended }) => ended !== undefined)).toEqual([true, true, false, false])
    expect([sessions.heldBytes, sessions.absent, timers.size]).toEqual([800 + 2 * sessionBytes, 2, 3])
  })

  it('is ended for what it costs, though it holds nothing', async () => {
    const { sessions, add } = setup(100 * sessionBytes)
    for (let index = 0; index < 1_000; index++) sessions.away((await add(`${index}`)).kept.face)
    expect(sessions.absent).toBe(100)
  })

  it('is ended for bytes that came after its client had gone', async () => {
    const { sessions, timers, add } = setup(1_000 + 3 * sessionBytes)
    const all = []
    for (const id of ['a', 'b', 'c']) {
      const { kept } = await add(id)
      all.push(kept)
      sessions.away(kept.face)
    }
    for (const kept of all) kept.heldBytes = sessionBytes
    const look = [...timers].find(([, delayMs]) => delayMs === 1_000)?.[0]
    look?.()
    expect(all.map(({ ended }) => ended !== undefined)).toEqual([true, true, false])
  })

  it('ends with the server', async () => {
    const { sessions, timers, add } = setup()
    const { kept } = await add('s')
    sessions.away(kept.face)
    sessions.close()
    expect([kept.ended, sessions.absent, timers.size]).toEqual(['the server is closing', 0, 0])
  })
})
