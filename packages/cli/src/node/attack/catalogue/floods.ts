import { setTimeout as delay } from 'node:timers/promises'
import { Kind } from '@wirepact/protocol'
import { hex, join, smallFrame } from '../bytes.ts'
import { type Attack, broken, type Finding, held, skipped } from '../finding.ts'
import { describeEnding, type RawClient } from '../raw-client.ts'
import type { Target } from '../target.ts'
import { mustLive } from '../verdicts.ts'

const notify = hex('02ffffffff0f')

/** Sends as fast as the server reads, for so long or until the connection ends. Returns how much that was. */
async function pour(client: RawClient, next: (index: number) => Uint8Array, forMs: number): Promise<number> {
  const until = performance.now() + forMs
  let sent = 0
  while (client.ending === undefined && performance.now() < until) {
    for (let each = 0; each < 500 && client.socket.bufferedAmount < 256 * 1024; each++) client.sayBytes(next(sent++))
    await delay(1)
  }
  return sent
}

async function messageFlood(target: Target): Promise<Finding> {
  const perSecond = target.limit('messagesPerSecond', 0)
  if (perSecond === 0) return skipped('the server does not limit messages per second (preset trusted)')
  const client = await target.guest()
  await pour(client, () => notify, 30_000)
  const { ending } = client
  client.leave()
  if (ending?.code === 4429) return held(`read at its rate, then ${describeEnding(ending)} after ${ending.afterMs} ms`)
  return broken(`${describeEnding(ending)} after 30 s of as much as it would read; expected 4429`)
}

async function subscriptionFlood(target: Target): Promise<Finding> {
  if ((target.welcome?.contract?.events.length ?? 0) === 0) return skipped('the contract has no events')
  const most = target.limit('subscriptions', 256)
  const client = await target.guest({ json: true })
  const asked = Math.min(most * 2, 40_000)
  for (let id = 0; id < asked; id++) {
    client.sayText(
      JSON.stringify({ kind: 'subscribe', id, event: id % 2 === 0 ? 0 : 'no such event', topic: { n: id } }),
    )
  }
  await client.probe(10_000)
  await delay(200)
  const stand = client.heard.filter(({ kind }) => kind === Kind.subscribed).length
  if (stand > most) return broken(`${stand} subscriptions stand; the limit is ${most}`)
  return mustLive(client, `of ${asked} subscriptions ${stand} stand, the limit is ${most}`)
}

/** Calls of a procedure that is not there, each cancelled at once. */
async function cancelFlood(target: Target): Promise<Finding> {
  const client = await target.guest()
  for (let id = 1; id <= 2_000; id++) {
    const bytes = Uint8Array.of(0x80 | (id & 127), id >> 7)
    const varint = id < 128 ? Uint8Array.of(id) : bytes
    client.sayBytes(join(Uint8Array.of(0x01), varint, hex('ffffffff0f')))
    client.sayBytes(join(Uint8Array.of(0x05), varint))
  }
  const answer = await client.until((message) => message.kind === Kind.error && message.id === 2_000)
  client.leave()
  return answer === undefined
    ? broken(`not answered: ${describeEnding(client.ending)}`)
    : held('2,000 calls and cancels were answered')
}

async function pingFlood(target: Target): Promise<Finding> {
  const client = await target.guest()
  for (let each = 0; each < 5_000; each++) client.sayBytes(Uint8Array.of(0x0d, each & 127))
  await client.probe()
  const pongs = client.heard.filter(({ kind }) => kind === Kind.pong).length
  if (pongs > 100) return broken(`${pongs} of 5,000 pings were answered`)
  return mustLive(client, `${pongs} of 5,000 pings were answered`)
}

/** Asks for answers and never reads one. */
async function slowReader(target: Target): Promise<Finding> {
  const name = 'x'.repeat(200)
  const socket = await target.stream()
  let open = true
  socket.on('close', () => {
    open = false
  })
  const text = (message: object) => {
    const payload = Buffer.from(JSON.stringify(message))
    return join(Uint8Array.of(0x81, 0xfe, payload.length >> 8, payload.length & 255, 0, 0, 0, 0), payload)
  }
  socket.write(`${target.requestHead().replace('wirepact.1', 'wirepact.1+json')}\r\n`)
  await new Promise((resolve) => socket.once('data', resolve))
  socket.write(text({ kind: 'hello', fingerprint: '', credentials: target.credentials }))
  await new Promise((resolve) => socket.once('data', resolve))
  socket.pause()
  const started = performance.now()
  for (let id = 1; open && performance.now() - started < 45_000; ) {
    for (let each = 0; each < 200; each++) socket.write(text({ kind: 'call', id, method: `${name}${id++}` }))
    await delay(20)
    while (open && socket.writableLength > 1024 * 1024 && performance.now() - started < 45_000) await delay(50)
  }
  const afterMs = Math.round(performance.now() - started)
  socket.destroy()
  return open ? broken(`still open after ${afterMs} ms without reading`) : held(`cut off after ${afterMs} ms`)
}

async function validationBomb(target: Target): Promise<Finding> {
  const methods = target.welcome?.contract?.methods ?? []
  if (methods.length === 0) return skipped('the contract has no methods')
  const client = await target.guest({ json: true })
  const bad = Array.from({ length: 15_000 }, () => null)
  const started = performance.now()
  for (const [index] of methods.slice(0, 20).entries()) {
    client.sayText(JSON.stringify({ kind: 'call', id: index + 1, method: index, input: { '\u0000': bad } }))
  }
  const answered = await client.probe(10_000)
  const took = Math.round(performance.now() - started)
  const errors = client.heard.filter((each) => each.kind === Kind.error)
  const largest = Math.max(0, ...errors.map((each) => JSON.stringify(each).length))
  client.leave()
  if (answered === undefined) return broken(`not answered: ${describeEnding(client.ending)}`)
  if (largest > 8_192) return broken(`an answer has ${largest} characters`)
  return held(`${errors.length} calls refused in ${took} ms, the largest answer ${largest} characters`)
}

async function halfOpenHerd(target: Target): Promise<Finding> {
  const clients: RawClient[] = []
  let refused = 0
  const lane = async (count: number) => {
    for (let each = 0; each < count; each++) {
      await target.stranger().then(
        (client) => clients.push(client),
        () => refused++,
      )
    }
  }
  await Promise.all(Array.from({ length: 22 }, () => lane(50)))
  const seen = `${clients.length} of 1,100 silent connections were let in, ${refused} refused`
  const last = clients.at(-1)
  const isBounded = refused > 0 || (await last?.ended(12_000)) !== undefined
  for (const client of clients) client.leave()
  await delay(300)
  return isBounded ? held(seen) : broken(`${seen}, and they stay`)
}

export const floodAttacks: readonly Attack[] = [
  { name: 'message-flood', threat: 'as many messages as the network carries', patient: true, run: messageFlood },
  { name: 'subscription-flood', threat: 'more subscriptions than a connection may have', run: subscriptionFlood },
  { name: 'cancel-flood', threat: 'calls that are cancelled at once, to be ahead of the limit', run: cancelFlood },
  { name: 'ping-flood', threat: 'pings by the thousand, to be answered one by one', run: pingFlood },
  { name: 'websocket-ping-flood', threat: 'ping frames by the thousand', run: framePings },
  { name: 'slow-reader', threat: 'answers that are asked for and never read', patient: true, run: slowReader },
  { name: 'validation-bomb', threat: 'inputs with as many mistakes as fit', run: validationBomb },
  { name: 'half-open-herd', threat: 'a thousand connections that never say hello', run: halfOpenHerd },
]

async function framePings(target: Target): Promise<Finding> {
  const socket = await target.stream()
  socket.write(`${target.requestHead()}\r\n`)
  socket.write(join(...Array.from({ length: 20_000 }, () => smallFrame(0x89, hex('00')))))
  socket.pause()
  await delay(500)
  socket.destroy()
  return held('20,000 ping frames that were not waited for')
}
