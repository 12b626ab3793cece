import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Child } from '../harness/child.ts'
import { summarise } from '../harness/statistics.ts'
import type { IdleSubject } from './idle-process.ts'

const SUBJECTS: readonly IdleSubject[] = ['net', 'wirepact', 'ws']
/** Descriptors that a process needs besides its connections. */
const SPARE_DESCRIPTORS = 200

/** What an idle connection costs in the server's resident memory, above a bare socket of `node:net`. */
export async function main(args: readonly string[]): Promise<number> {
  const text = { type: 'string' } as const
  const { values } = parseArgs({ args: [...args], options: { connections: text, rounds: text } })
  const asked = Number(values.connections ?? 10_000)
  const rounds = Number(values.rounds ?? 3)
  const count = Math.min(asked, openFilesLimit() - SPARE_DESCRIPTORS)
  if (count < asked) console.log(`Only ${count} connections: the limit of open files (ulimit -n) allows no more.`)
  const measured = new Map<IdleSubject, number[]>(SUBJECTS.map((name) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const name of SUBJECTS) measured.get(name)!.push(await measure(name, count))
  }
  const bare = summarise(measured.get('net')!).median
  console.log(`${count} idle connections, ${rounds} rounds: bytes of resident memory for each, in the server's process`)
  for (const [name, values] of measured) {
    const { median, min, max } = summarise(values)
    const above = name === 'net' ? '' : `, ${Math.round(median - bare)} above net`
    console.log(`${name.padEnd(10)} ${Math.round(median)} (${Math.round(min)} to ${Math.round(max)})${above}`)
  }
  return 0
}

async function measure(name: IdleSubject, count: number): Promise<number> {
  const script = fileURLToPath(new URL('idle-process.js', import.meta.url))
  const server = new Child('server', script, undefined, {})
  const client = new Child('client', script, undefined, {})
  try {
    const port = (await server.ask('serve', name)) as number
    // The first connections pay for what is made once.
    await client.ask('connect', { port, count: Math.min(200, count), upgrade: name !== 'net' })
    const before = (await server.ask('resident')) as number
    await client.ask('connect', { port, count, upgrade: name !== 'net' })
    return (((await server.ask('resident')) as number) - before) / count
  } finally {
    await Promise.all([server.end(), client.end()])
  }
}

function openFilesLimit(): number {
  try {
    const [, soft = ''] = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
    return Number(soft) || Number.POSITIVE_INFINITY
  } catch {
    // No such file but on Linux; whoever runs out of descriptors is told by the system.
    return Number.POSITIVE_INFINITY
  }
}
