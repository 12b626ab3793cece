import { SimpleError } from '@redis/client'
import { EventLogError } from '@wirepact/eventlog'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Connection, type ConnectionOptions } from './connection.ts'
import type { Argument, Link, LinkListener } from './link.ts'

interface Sent {
  readonly what: string
  readonly answer: (value: unknown) => void
  readonly refuse: (error: Error) => void
}

/** A link that a test answers for. */
class FakeLink implements Link {
  heals = false
  readonly listener: LinkListener
  readonly sent: Sent[] = []
  readonly channels: string[] = []
  closed = false

  constructor(listener: LinkListener) {
    this.listener = listener
  }

  send(_key: string, command: readonly Argument[]): Promise<unknown> {
    return new Promise((answer, refuse) => this.sent.push({ what: String(command[0]), answer, refuse }))
  }

  async subscribe(channels: readonly string[]): Promise<void> {
    this.channels.push(...channels)
  }

  unsubscribe(channel: string): void {
    this.channels.splice(this.channels.indexOf(channel), 1)
  }

  close(): void {
    this.closed = true
  }

  get asked(): string[] {
    return this.sent.map(({ what }) => what)
  }
}

function setUp(options: Partial<ConnectionOptions> = {}) {
  const links: FakeLink[] = []
  const reports: string[] = []
  const events: string[] = []
  let reachable = true
  const connection = new Connection({
    ...{ timeoutMs: 1_000, maxWaiting: 5, maxWaitingBytes: 100 },
    async open(listener) {
      if (!reachable) throw new Error('nobody there')
      const link = new FakeLink(listener)
      links.push(link)
      return link
    },
    report: ({ what }) => reports.push(what),
    message: (channel) => events.push(channel),
    ready: () => events.push('ready'),
    ...options,
  })
  const outcomes: unknown[] = []
  const ask = (what: string, bytes = 1) =>
    connection
      .request(bytes, (link) => link.send('', [what]))
      .then(
        (answer) => outcomes.push(answer),
        (error: unknown) => outcomes.push(error instanceof EventLogError ? error.code : error),
      )
  const reach = (is: boolean) => {
    reachable = is
  }
  const pass = (ms = 0) => vi.advanceTimersByTimeAsync(ms)
  return { connection, links, reports, events, outcomes, ask, reach, pass }
}

describe('a connection', () => {
  beforeEach(() => vi.useFakeTimers())
  afterEach(() => vi.useRealTimers())

  it('asks again over the next link what the last did not answer, in the order in which it was asked', async () => {
    const { links, outcomes, ask, pass, reports, connection } = setUp()
    await pass()
    for (const what of ['a', 'b', 'c']) void ask(what)
    links[0]?.sent[0]?.answer('A')
    await pass()
    links[0]?.listener.lost(new Error('cut'))
    void ask('d')
    expect([links[0]?.closed, connection.isReady]).toEqual([true, false])
    await pass(200)
    expect(links[1]?.asked).toEqual(['b', 'c', 'd'])
    // What the first link says now is late.
    links[0]?.sent[1]?.answer('from the grave')
    for (const { what, answer } of links[1]?.sent ?? []) answer(what.toUpperCase())
    await pass()
    expect(outcomes).toEqual(['A', 'B', 'C', 'D'])
    expect(reports).toEqual(['engine-lost', 'engine-back'])
    expect(connection.pending).toEqual({ requests: 0, bytes: 0 })
  })

  it('subscribes again before anything is asked, and says so each time', async () => {
    const { connection, links, events, pass } = setUp()
    await pass()
    void connection.subscribe('x')
    void connection.subscribe('y')
    await pass()
    connection.unsubscribe('y')
    links[0]?.listener.lost(new Error('cut'))
    await pass(200)
    expect([links[0]?.channels, links[1]?.channels]).toEqual([['x'], ['x']])
    links[1]?.listener.message('x', Buffer.alloc(0))
    links[1]?.listener.message('y', Buffer.alloc(0))
    expect(events).toEqual(['ready', 'ready', 'x'])
  })

  it('fails what is not answered in time, and what is more than may wait, at once', async () => {
    const { links, outcomes, ask, pass, connection } = setUp()
    await pass()
    for (const what of ['a', 'b', 'c', 'd', 'e', 'f']) void ask(what)
    await pass()
    expect(outcomes).toEqual(['unavailable'])
    await pass(1_000)
    expect(outcomes.length).toBe(6)
    expect(new Set(outcomes)).toEqual(new Set(['unavailable']))
    expect(connection.pending).toEqual({ requests: 0, bytes: 0 })
    void ask('large', 1_000)
    void ask('small', 1)
    await pass()
    // A single one may be as large as it likes.
    expect(links[0]?.asked.slice(5)).toEqual(['large'])
  })

  it('rests longer and longer while nobody is there, and tells it once', async () => {
    const { links, reports, ask, reach, pass, outcomes } = setUp()
    await pass()
    reach(false)
    links[0]?.listener.lost(new Error('gone'))
    void ask('a')
    await pass(900)
    expect([outcomes, reports]).toEqual([[], ['engine-lost']])
    reach(true)
    await pass(1_000)
    expect([links.length, reports]).toEqual([2, ['engine-lost', 'engine-back']])
    expect(outcomes).toEqual(['unavailable'])
  })

  it('gives a link up that cannot do what is asked now, and tells what it refuses for good', async () => {
    const { links, outcomes, ask, pass } = setUp()
    await pass()
    void ask('a')
    links[0]?.sent[0]?.refuse(new SimpleError("READONLY You can't write against a read only replica."))
    await pass(200)
    expect([links[0]?.closed, links[1]?.asked]).toEqual([true, ['a']])
    links[1]?.sent[0]?.refuse(new SimpleError("OOM command not allowed when used memory > 'maxmemory'."))
    void ask('b')
    links[1]?.sent[1]?.refuse(new SimpleError('WRONGTYPE Operation against a key holding the wrong kind of value'))
    await pass()
    expect([outcomes, links.length, links[1]?.closed]).toEqual([['full', 'unavailable'], 2, false])
  })

  it('asks again over a link that heals, and keeps it', async () => {
    const { links, outcomes, ask, pass } = setUp()
    await pass()
    const link = links[0] as FakeLink
    link.heals = true
    void ask('a')
    link.sent[0]?.refuse(new Error('Socket closed unexpectedly'))
    await pass()
    expect([link.asked, outcomes]).toEqual([['a'], []])
    await pass(200)
    expect(link.asked).toEqual(['a', 'a'])
    link.sent[1]?.answer('A')
    await pass(2_000)
    expect([outcomes, links.length, link.asked.length]).toEqual([['A'], 1, 2])
  })

  it('fails what is wrong in itself alone, and keeps the link', async () => {
    const { connection, links, outcomes, ask, pass } = setUp()
    await pass()
    const wrong = connection.request(1, () => {
      throw new TypeError('not a topic')
    })
    await expect(wrong).rejects.toThrow('not a topic')
    await expect(connection.request(Number.NaN, (link) => link.send('', ['x']))).rejects.toBeInstanceOf(TypeError)
    void ask('a')
    await pass()
    links[0]?.sent[0]?.answer('A')
    await pass()
    expect([outcomes, links.length, connection.pending]).toEqual([['A'], 1, { requests: 0, bytes: 0 }])
  })

  it('that is closed fails all that waits, and all that comes', async () => {
    const { connection, links, outcomes, ask, pass } = setUp()
    void ask('a')
    await pass()
    void ask('b')
    connection.close()
    connection.close()
    void ask('c')
    await pass()
    expect([outcomes, links[0]?.closed]).toEqual([['closed', 'closed', 'closed'], true])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('that is closed while it opens closes what it opened', async () => {
    const { connection, links, pass } = setUp()
    connection.close()
    await pass()
    expect([links.length, links[0]?.closed]).toEqual([1, true])
  })
})
