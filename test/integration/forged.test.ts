import { createHash } from 'node:crypto'
import { compile, contract, procedure } from '@wirepact/contract'
import { binaryCodec } from '@wirepact/peer'
import { closeCode, type HelloMessage, Kind, type Outgoing, trustedLimits, WirepactError } from '@wirepact/protocol'
import { createServer } from '@wirepact/server'
import { Link, Network } from '@wirepact/testing'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { none, show } from '../soak/shown.ts'
import { seed } from '../soak/size.ts'

const shared = contract({ server: { count: procedure({ input: z.number(), output: z.number() }) } })

const { fingerprint } = compile(shared)
const codec = binaryCodec(trustedLimits)
const tries = 10_000

type Resume = NonNullable<HelloMessage['resume']>

/** A server that knows Ada and Mallory, and what passes between it and its clients. */
async function world() {
  const network = new Network({ seed })
  const begun: string[] = []
  const returned: string[] = []
  let ran = 0
  const server = createServer<typeof shared, string>(shared, {
    system: {
      ...network.serverSystem,
      randomId: () => createHash('sha256').update(`${network.random.next()}`).digest('hex'),
    },
    report: () => {},
    authenticate({ credentials }) {
      if (credentials === 'ada' || credentials === 'mallory') return credentials
      throw new WirepactError('unauthenticated', 'who are you?')
    },
    principal: ({ context }) => context,
    handlers: {
      count({ input }) {
        ran++
        return input
      },
    },
    onSession: ({ connection }) => void begun.push(connection.context),
    onReturn: ({ connection }) => void returned.push(connection.context),
  })
  network.serve(server)
  /** Says hello over a connection of its own; gives what was answered, and what ends it. */
  const knock = async (credentials: unknown, resume?: Resume) => {
    const link = new Link({
      ...{ clock: network.clock, encoding: 'binary', latencyMs: () => 1, deliver: () => {}, closed: () => {} },
    })
    const answer = { resumed: false, session: '', token: new Uint8Array() as Uint8Array, closed: 0 }
    const send = (message: Outgoing) => link.client.channel.send(message)
    const read = (bytes: Uint8Array, start: number, end: number) => {
      const message = codec.read(bytes, start, end)
      if (message.kind === Kind.ping) send(codec.encode({ kind: Kind.pong, nonce: message.nonce }))
      if (message.kind !== Kind.welcome) return
      answer.resumed = message.resumed !== undefined
      answer.session = message.session
      answer.token = message.token ?? answer.token
    }
    server.accept(link.server)
    link.client.start({ message: read, text() {}, closed: (code) => (answer.closed = code) })
    const hello: HelloMessage = { kind: Kind.hello, fingerprint, resumable: true, credentials, resume }
    send(codec.encode(hello))
    await network.advance(5)
    return { ...answer, link, send }
  }
  return { network, server, knock, begun, returned, ran: () => ran }
}

/** What somebody who was not asked may send, in turn. */
function attacks(network: Network, ada: Resume[], mallory: Resume): ((turn: number) => [unknown, Resume])[] {
  const random = () => Uint8Array.from({ length: 32 }, () => network.random.below(256))
  const newest = ada.at(-1) as Resume
  const flipped = (bit: number) => newest.token.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))
  return [
    // Forged: by nobody, by somebody, and by Ada herself, who has lost hers.
    () => ['nobody', { ...newest, token: random() }],
    () => ['mallory', { ...newest, token: random() }],
    () => ['ada', { ...newest, token: random() }],
    (turn) => ['ada', { ...newest, token: flipped(turn % 256) }],
    () => ['ada', { ...newest, token: newest.token.subarray(0, 31) }],
    // Replayed: every token before the newest.
    (turn) => ['ada', ada[turn % (ada.length - 1)] as Resume],
    // Stolen: the newest itself, without and with other credentials.
    () => ['nobody', newest],
    () => ['mallory', newest],
    // Across principals: one's own token for the session of another.
    () => ['mallory', { ...newest, token: mallory.token }],
    () => ['mallory', { ...mallory, token: newest.token }],
  ]
}

it('resumes that are forged, replayed, stolen or somebody else’s are never accepted', { timeout: 60_000 }, async () => {
  const { network, server, knock, begun, returned, ran } = await world()
  const first = await knock('ada')
  const mallory = await knock('mallory')
  const tokens: Resume[] = [{ session: first.session, token: first.token, received: 0 }]
  // A call that waits for its answer: whoever gets the session gets that, too.
  first.send(codec.encodeCall(1, 0, 7, undefined, undefined))
  await network.advance(5)
  let current = first
  for (let round = 0; round < 8; round++) {
    current.link.cut()
    current = await knock('ada', tokens.at(-1) as Resume)
    expect(current.resumed).toBe(true)
    tokens.push({ session: current.session, token: current.token, received: 0 })
    // It has shown that it knows its newest token: the one before is dead.
    current.send(codec.encode({ kind: Kind.ping, nonce: 0 }))
    await network.advance(5)
  }
  const before = { begun: begun.length, returned: returned.length }
  const ways = attacks(network, tokens, { session: mallory.session, token: mallory.token, received: 0 })
  const seen = { accepted: 0, admitted: 0, wrongClose: 0, disturbed: 0 }
  for (let turn = 0; turn < tries; turn++) {
    const [credentials, resume] = (ways[turn % ways.length] as (typeof ways)[number])(turn)
    const answer = await knock(credentials, resume)
    if (answer.resumed || answer.session === first.session || answer.session === mallory.session) seen.accepted++
    if (credentials === 'nobody') {
      if (answer.closed !== closeCode.unauthenticated) seen.wrongClose++
    } else seen.admitted++
    answer.link.client.channel.close(1000, '')
    await network.advance(5)
    if (!current.link.open || !mallory.link.open) seen.disturbed++
  }
  // Who may connect anyway begins a session of its own, as without resume; it ends with its connection.
  const allocated = begun.length - before.begun - seen.admitted
  const left = server.connections.size - 2
  const again = await knock('ada', tokens.at(-1) as Resume)
  expect([again.resumed, ran()]).toEqual([true, 1])
  show('forged', seed, [
    none(`of ${tries} resumes accepted`, seen.accepted + returned.length - before.returned - 1),
    none('sessions allocated for who may not connect', allocated),
    none('sessions left behind', left),
    none('refusals without 4401', seen.wrongClose),
    none('times that a session which was meant was disturbed', seen.disturbed),
    none('calls run again', ran() - 1),
  ])
  await network.until(server.close())
  await network.advance(60_000)
  expect(network.clock.pending).toBe(0)
})
