import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it, onTestFinished } from 'vitest'
import { atMost, none, show } from '../shown.ts'
import { long, seed } from '../size.ts'
import { Delivery } from './delivery.ts'
import { BesiegedServer } from './hostile-client.ts'
import { DeceivedClients } from './hostile-server.ts'
import { Prototypes, Uncaught } from './oracle.ts'

// Structure-aware: sessions that make sense, with something wrong in some of their messages. WIREPACT_SEED repeats a run.

const messages = Number(process.env.WIREPACT_FUZZ_MESSAGES ?? (long ? 5_000_000 : 100_000))
/** Above this a message counts as a hang, when it is one again when its session is played alone. */
const hangMs = 50
const roundOf = 500

interface Tally {
  sessions: number
  messages: number
  slowestMs: number
  hangs: number
  largestHeapMiB: number
}

/** Plays sessions until enough was said, and holds everything that must not change against what it was. */
async function besiege(visit: (delivery: Delivery) => Promise<void>, check: (round: number) => Promise<void>) {
  const prototypes = new Prototypes()
  const uncaught = new Uncaught()
  onTestFinished(() => uncaught.close())
  const tally: Tally = { sessions: 0, messages: 0, slowestMs: 0, hangs: 0, largestHeapMiB: 0 }
  const heaps: number[] = []
  while (tally.messages < messages) {
    const own = seed * 1_000_003 + tally.sessions
    const delivery = new Delivery(own, own % 4 === 0 ? 'json' : 'binary')
    await visit(delivery)
    tally.sessions++
    tally.messages += delivery.transcript.messages.length
    if (delivery.slowestMs > hangMs) tally.hangs += (await slowAgain(own, visit)) ? 1 : 0
    else tally.slowestMs = Math.max(tally.slowestMs, delivery.slowestMs)
    const changed = tally.sessions % 16 === 0 ? prototypes.changed() : []
    const faults = [delivery.thrown, ...uncaught.errors, ...changed].filter((each) => each !== undefined)
    if (faults.length > 0) fail(own, delivery, faults)
    if (tally.sessions % roundOf === 0) {
      await check(tally.sessions / roundOf)
      if (long) heaps.push(heapMiB())
    }
  }
  await check(0)
  const settled = heaps.slice(Math.floor(heaps.length / 5))
  tally.largestHeapMiB = Math.round(Math.max(0, ...settled))
  return { ...tally, smallestHeapMiB: settled.length === 0 ? 0 : Math.round(Math.min(...settled)) }
}

function fail(own: number, { transcript }: Delivery, faults: readonly unknown[]): never {
  console.error(`fuzz: session ${own} of seed ${seed}: ${JSON.stringify(transcript)}`)
  throw new Error(`session ${own} of seed ${seed}: ${faults.map(describe).join('; ')}`, { cause: faults[0] })
}

function describe(fault: unknown): string {
  const inner = typeof fault === 'object' && fault !== null && 'error' in fault ? fault.error : fault
  return inner instanceof Error ? (inner.stack ?? inner.message) : String(inner)
}

// A machine that does other things makes any message slow once; what is slow by itself is slow each time.
async function slowAgain(own: number, visit: (delivery: Delivery) => Promise<void>): Promise<boolean> {
  for (let tries = 0; tries < 3; tries++) {
    const again = new Delivery(own, own % 4 === 0 ? 'json' : 'binary')
    await visit(again)
    if (again.slowestMs <= hangMs) return false
  }
  return true
}

function heapMiB(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return process.memoryUsage().heapUsed / 1024 / 1024
}

function report(what: string, tally: Awaited<ReturnType<typeof besiege>>): void {
  const { hangs, largestHeapMiB, messages: said, sessions, slowestMs, smallestHeapMiB } = tally
  const slowest = slowestMs.toFixed(1)
  show(`fuzz of ${what}`, seed, [
    {
      promise: 'nothing is thrown that nobody catches, no prototype changes',
      figure: `${said} messages in ${sessions} sessions, the slowest ${slowest} ms`,
      bound: '0',
      kept: true,
    },
    none(`messages that take more than ${hangMs} ms each time`, hangs),
    atMost('the heap grows by', largestHeapMiB - smallestHeapMiB, 64, 'MiB'),
  ])
}

it('hostile clients cost a server nothing but their own connections', { timeout: 3_600_000 }, async () => {
  const besieged = new BesiegedServer()
  const tally = await besiege(
    (delivery) => besieged.visit(delivery),
    async (round) => expect(await besieged.serves(round)).toBe(true),
  )
  expect(await besieged.settled()).toBe(1)
  await besieged.close()
  report('a server', tally)
})

it('hostile servers cost a client nothing but its connection, and every promise settles', {
  timeout: 3_600_000,
}, async () => {
  const deceived = new DeceivedClients()
  const tally = await besiege(
    (delivery) => deceived.visit(delivery),
    async () => expect(deceived.unsettled).toBe(0),
  )
  report('clients', tally)
})
