import { callHead, hex, join } from '../bytes.ts'
import { type Attack, type Finding, worst } from '../finding.ts'
import type { Target } from '../target.ts'
import { mustClose, mustLive } from '../verdicts.ts'

/** A call whose input is this must end the connection with 4422. */
async function refused(target: Target, ...value: readonly Uint8Array[]): Promise<Finding> {
  const client = await target.guest()
  client.sayBytes(join(callHead(), ...value))
  return mustClose(client, [4422])
}

const ofByte = (byte: number, count: number) => new Uint8Array(count).fill(byte)

function array32(count: number): Uint8Array {
  const head = Uint8Array.of(0xdd, 0, 0, 0, 0)
  new DataView(head.buffer).setUint32(1, count)
  return head
}

/** Every head of an extension, with content of the length it says, but those that stand for undefined and for a time. */
function* extensions(): Generator<Uint8Array> {
  const fixed = [0xd4, 0xd5, 0xd6, 0xd7, 0xd8]
  for (let type = 0; type < 256; type++) {
    for (const [power, head] of fixed.entries()) {
      const allowed = (head === 0xd4 && type === 0) || ((head === 0xd6 || head === 0xd7) && type === 0xff)
      if (!allowed) yield join(Uint8Array.of(head, type), new Uint8Array(1 << power))
    }
    for (const length of [0, 1, 12, 255]) {
      if (length !== 12 || type !== 0xff) yield join(Uint8Array.of(0xc7, length, type), new Uint8Array(length))
      yield join(Uint8Array.of(0xc8, 0, length, type), new Uint8Array(length))
      yield join(Uint8Array.of(0xc9, 0, 0, 0, length, type), new Uint8Array(length))
    }
  }
}

async function everyExtension(target: Target): Promise<Finding> {
  const values = [...extensions()]
  const findings: Finding[] = []
  const lane = async () => {
    for (let value = values.pop(); value !== undefined; value = values.pop())
      findings.push(await refused(target, value))
  }
  await Promise.all(Array.from({ length: 32 }, lane))
  return worst(findings, `all ${findings.length} closed with 4422`)
}

const prototypeNames = ['__proto__', 'constructor', 'prototype']

async function namesAsMethods(target: Target): Promise<Finding> {
  const client = await target.guest({ json: true })
  const names = [...prototypeNames, 'toString', 'hasOwnProperty', 'a.constructor', '__proto__.polluted', 'then']
  for (const [index, name] of names.entries()) {
    client.sayText(JSON.stringify({ kind: 'call', id: index + 1, method: name }))
    client.sayText(JSON.stringify({ kind: 'subscribe', id: 1_000 + index, event: name, policy: 'constructor' }))
    client.sayText(JSON.stringify({ kind: 'notify', method: name }))
  }
  client.sayText(JSON.stringify({ kind: 'call', id: 1_000, method: 'no.such.method' }))
  await client.until((message) => 'id' in message && message.id === 1_000)
  const codes = client.heard.flatMap((each) => ('code' in each ? [each.code] : []))
  const known = codes.filter((code) => code !== 'unimplemented' && code !== 'resource-exhausted')
  client.leave()
  if (known.length > 0) return { outcome: 'broken', seen: `one of them was found: ${known[0]}` }
  return { outcome: 'held', seen: `none of ${names.length} names is a method or an event` }
}

async function wildcards(target: Target): Promise<Finding> {
  const client = await target.guest({ json: true })
  const signs = ['*', '>', '.', 'a.b', '#', '+', '**', '?', '[a-z]', ' ', '\r\nSUB x 1', '\u0000', '__proto__']
  const topics = signs.flatMap((sign) => [sign, { room: sign }, [sign]])
  for (const [index, topic] of topics.entries()) {
    client.sayText(JSON.stringify({ kind: 'subscribe', id: index, event: 0, topic }))
  }
  return mustLive(client, `${topics.length} topics were taken as data, or refused`)
}

export const valueAttacks: readonly Attack[] = [
  {
    name: 'nesting-bomb',
    threat: 'half a megabyte of arrays, one inside the other',
    run: (target) => refused(target, ofByte(0x91, 500_000)),
  },
  {
    name: 'map-nesting-bomb',
    threat: 'maps inside maps, beyond any stack',
    run: (target) => refused(target, ...Array.from({ length: 50_000 }, () => hex('81a161'))),
  },
  {
    name: 'item-bomb',
    threat: 'a megabyte of empty maps, each an object in memory',
    run: (target) => refused(target, array32(1_000_000), ofByte(0x80, 1_000_000)),
  },
  {
    name: 'key-bomb',
    threat: 'a key of a hundred thousand bytes',
    run: (target) => refused(target, hex('81db000186a0'), ofByte(0x61, 100_000), hex('c0')),
  },
  {
    name: 'many-keys',
    threat: 'an object with more keys than a message may have',
    run: (target) => {
      const entries = Array.from({ length: 60_000 }, (_, index) => {
        return join(
          hex('a4'),
          Uint8Array.from(index.toString(36).padStart(4, '0'), (each) => each.charCodeAt(0)),
          hex('c0'),
        )
      })
      return refused(target, hex('de'), Uint8Array.of(60_000 >> 8, 60_000 & 255), ...entries)
    },
  },
  {
    name: 'length-lies',
    threat: 'lengths of four billion with nothing behind them',
    run: async (target) => {
      const lies = ['ddffffffff', 'dfffffffff', 'dbffffffff', 'c6ffffffff', 'c9ffffffff01']
      return worst(await Promise.all(lies.map((lie) => refused(target, hex(lie)))), 'all closed with 4422')
    },
  },
  { name: 'extension-codes', threat: 'extension types that revive classes, functions or records', run: everyExtension },
  {
    name: 'prototype-keys',
    threat: 'keys that reach the prototype of everything',
    run: async (target) => {
      const findings = prototypeNames.map((name) => {
        const key = Uint8Array.from(name, (each) => each.charCodeAt(0))
        return refused(target, hex('81a16181'), Uint8Array.of(0xa0 | key.length), key, hex('81a161c3'))
      })
      return worst(await Promise.all(findings), 'all closed with 4422')
    },
  },
  { name: 'prototype-names', threat: 'methods and events called like members of every object', run: namesAsMethods },
  { name: 'topic-wildcards', threat: 'a topic that listens to all the others', run: wildcards },
]
