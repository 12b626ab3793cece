import { setTimeout as delay } from 'node:timers/promises'
import { UpgradeError } from '@wirepact/websocket/node'
import { type Attack, broken, type Finding, held } from '../finding.ts'
import { RawClient } from '../raw-client.ts'
import type { Target } from '../target.ts'
import { ended, mustClose } from '../verdicts.ts'

/** A request with these headers must not become a connection: an HTTP status, or 4403 for a browser's script. */
async function mustRefuse(target: Target, headers: Readonly<Record<string, string>>): Promise<Finding> {
  try {
    const client = new RawClient(await target.socket('wirepact.1', headers))
    return await mustClose(client, [4403])
  } catch (error) {
    if (error instanceof UpgradeError && error.status >= 400) return held(`refused with HTTP status ${error.status}`)
    throw error
  }
}

const browser = 'Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0'

/** Sends a little at a time, for as long as the server listens. */
async function drip(target: Target, text: string, everyMs: number, withinMs: number): Promise<Finding> {
  const socket = await target.stream()
  let open = true
  const end = ended(socket, withinMs)
  void end.then(() => {
    open = false
  })
  for (let at = 0; open && at < text.length; at++) {
    socket.write(text.slice(at, at + 1))
    await delay(everyMs)
  }
  const result = await end
  return result === undefined ? broken(`still open after ${withinMs} ms`) : held(`cut off after ${result.afterMs} ms`)
}

async function headerBomb(target: Target, lines: readonly string[]): Promise<Finding> {
  const socket = await target.stream()
  const end = ended(socket, 8_000)
  socket.write(`${target.requestHead(lines)}\r\n`)
  const result = await end
  if (result === undefined) return broken('the connection still stands')
  const status = /^HTTP\/1\.1 (\d+)/.exec(result.text)?.[1]
  return status === '101' ? broken('it was accepted') : held(`refused${status === undefined ? '' : ` with ${status}`}`)
}

export const handshakeAttacks: readonly Attack[] = [
  {
    name: 'cross-site-hijack',
    threat: 'a page of another site opens a WebSocket with the visitor’s cookies',
    run: (target) => mustRefuse(target, { Origin: 'https://evil.example', Cookie: 'session=1', 'User-Agent': browser }),
  },
  {
    name: 'foreign-origin',
    threat: 'a page of another site connects, without cookies',
    run: (target) => mustRefuse(target, { Origin: 'https://evil.example' }),
  },
  {
    name: 'cookie-without-origin',
    threat: 'a request with cookies hides where it comes from',
    run: (target) => mustRefuse(target, { Cookie: 'session=1' }),
  },
  {
    name: 'dns-rebinding',
    threat: 'a page whose name was made to mean this machine talks to a server that only this machine should reach',
    run: (target) =>
      mustRefuse(target, { Host: 'rebound.example', Origin: 'http://rebound.example', 'User-Agent': browser }),
  },
  {
    name: 'slow-handshake',
    threat: 'headers that never end keep a connection open for nothing',
    patient: true,
    run: (target) => drip(target, target.requestHead(['X-Slow: '.padEnd(2_000, 'x')]), 200, 12_000),
  },
  {
    name: 'slow-hello',
    threat: 'a client that says nothing after the handshake',
    patient: true,
    run: async (target) => mustClose(await target.stranger(), [4408], 12_000),
  },
  {
    name: 'header-bomb',
    threat: 'headers of a megabyte',
    run: (target) => headerBomb(target, [`X-Bomb: ${'x'.repeat(1_000_000)}`]),
  },
  {
    name: 'header-flood',
    threat: 'a hundred thousand headers',
    run: (target) =>
      headerBomb(
        target,
        Array.from({ length: 100_000 }, (_, index) => `X-${index}: 1`),
      ),
  },
  {
    name: 'large-hello',
    threat: 'a large message before anybody knows who sends it',
    run: async (target) => {
      const client = await target.stranger()
      client.sayBytes(new Uint8Array(16 * 1024 + 1).fill(0x0f))
      return mustClose(client, [4413, 1009])
    },
  },
  {
    name: 'early-messages',
    threat: 'calls before hello, and more before welcome',
    run: async (target) => {
      const client = await target.stranger()
      client.sayBytes(Uint8Array.of(0x01, 0x01, 0x00))
      return mustClose(client, [4400])
    },
  },
  {
    name: 'wrong-message-type',
    threat: 'text where bytes were agreed on',
    run: async (target) => {
      const client = await target.stranger()
      client.sayText('{"kind":"hello","fingerprint":""}')
      return mustClose(client, [4406])
    },
  },
]
