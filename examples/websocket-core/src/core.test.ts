import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { MessageChannel } from 'node:worker_threads'
import { expect, onTestFinished, test } from 'vitest'
import { build } from '../build.mjs'
import { echo, type Wire } from './drive.ts'
import { portWire } from './port-wire.ts'
import { streamWire } from './stream-wire.ts'
import { talk } from './talk.ts'

const WORDS = ['hello', '', 'grüße', 'x'.repeat(300_000)]

/** A folder that is gone after the test. */
function folder(): string {
  const path = mkdtempSync(fileURLToPath(new URL('../.test-', import.meta.url)))
  onTestFinished(() => rmSync(path, { recursive: true }))
  return path
}

/** The same wire, with every chunk cut into pieces of this size. */
function cut(wire: Wire, size: number): Wire {
  return {
    ...wire,
    get backlog() {
      return wire.backlog
    },
    write(bytes) {
      for (let at = 0; at < bytes.length; at += size) wire.write(bytes.slice(at, at + size))
    },
  }
}

test.each([1, 7, 100_000])('over a Unix socket, in pieces of %s bytes', async (size) => {
  const words = size === 1 ? WORDS.slice(0, 3) : WORDS
  // Its path may have about a hundred characters: a relative one has fewer.
  const path = join(folder(), 's').replace(`${process.cwd()}/`, '')
  const server = createServer((socket) => void echo(cut(streamWire(socket), size))).listen(path)
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const { answers, end } = await talk(cut(streamWire(connect(path)), size), words)
  expect(answers).toEqual(words)
  expect(end).toBe('1000 clean')
})

test.each([7, 100_000])('over two ports, in pieces of %s bytes', async (size) => {
  const { port1, port2 } = new MessageChannel()
  echo(cut(portWire(port2), size))
  const { answers, end } = await talk(cut(portWire(port1), size), WORDS)
  expect(answers).toEqual(WORDS)
  expect(end).toBe('1000 clean')
})

test('a peer that sleeps is found, over a port too', async () => {
  const { port1, port2 } = new MessageChannel()
  onTestFinished(() => port2.close())
  // Nobody listens at port1: what is sent there is never answered.
  port1.on('message', () => undefined)
  echo(portWire(port2), { pingAfterMs: 20, pongWithinMs: 20 })
  await once(port1, 'close')
})

test('the example runs, with a thread of its own', async () => {
  const { main } = await build({ into: folder() })
  const { stdout } = await promisify(execFile)(process.execPath, [main])
  expect(stdout).toBe(
    ['over a Unix socket: 3 answers, 1000 clean', "over a worker's port: 3 answers, 1000 clean", ''].join('\n'),
  )
})
