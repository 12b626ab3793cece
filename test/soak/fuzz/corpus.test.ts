import { readdirSync, readFileSync } from 'node:fs'
import { createClient } from '@wirepact/client'
import { answerWithHandlers } from '@wirepact/peer/answering'
import { settle, VirtualClock } from '@wirepact/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { BesiegedServer } from './hostile-client.ts'
import { Prototypes, Uncaught } from './oracle.ts'
import { noLetters, target } from './target.ts'
import { Wire } from './wire.ts'

// Sessions that once did harm, or are likely to. What the fuzzer finds is added here as it prints it, with a name.

interface Case {
  readonly name: string
  /** Who is hostile. */
  readonly role: 'client' | 'server'
  readonly encoding: 'binary' | 'json'
  /** Texts, or bytes as hex; `ab*1000` repeats the last byte. */
  readonly messages: readonly string[]
  /** What the other end closes with. @default it does not */
  readonly close?: number
}

const folder = new URL('./corpus/', import.meta.url)
const cases = readdirSync(folder).flatMap((name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Case[])

async function play(wire: Wire, { messages }: Case): Promise<void> {
  for (const message of messages) {
    wire.deliver(wire.encoding === 'json' ? message : bytesOf(message))
    await settle()
    wire.heard()
  }
}

function bytesOf(hex: string): Uint8Array {
  const [head = '', times = '1'] = hex.split('*')
  return Buffer.from(head + head.slice(-2).repeat(Number(times) - 1), 'hex')
}

async function againstServer(each: Case): Promise<Wire> {
  const besieged = new BesiegedServer()
  const wire = new Wire(each.encoding)
  besieged.server.accept(wire.source)
  await play(wire, each)
  expect(await besieged.serves(3)).toBe(true)
  wire.finish()
  expect(await besieged.settled()).toBe(1)
  await besieged.close()
  return wire
}

async function againstClient(each: Case): Promise<Wire> {
  const wire = new Wire(each.encoding)
  const clock = new VirtualClock()
  const client = createClient(
    target,
    async () => wire.source,
    {
      system: { clock, random: () => 0.5 },
      report: () => {},
      handlers: { confirm: () => true, shout: () => {}, letters: noLetters },
    },
    { answering: answerWithHandlers },
  )
  const call = client.api.add({ by: 1 }).catch(() => 'rejected')
  await settle()
  await play(wire, each)
  wire.finish()
  await client.close()
  expect(await call).toBe('rejected')
  return wire
}

describe('the corpus', () => {
  it.each(cases)('$role: $name', async (each) => {
    const prototypes = new Prototypes()
    const uncaught = new Uncaught()
    onTestFinished(() => uncaught.close())
    const wire = await (each.role === 'client' ? againstServer(each) : againstClient(each))
    expect(wire.ended?.code).toBe(each.close ?? 1006)
    expect([...uncaught.errors, ...prototypes.changed()]).toEqual([])
  })
})
