import { Kind } from '@wirepact/protocol'
import { hex, join } from '../bytes.ts'
import { type Attack, broken, type Finding, held, skipped, worst } from '../finding.ts'
import { describeEnding, type RawClient } from '../raw-client.ts'
import type { Target } from '../target.ts'
import { mustClose } from '../verdicts.ts'

/** A client whose call 1 is a stream that lives; undefined when the server is not known to have one. */
async function liveStream(target: Target): Promise<RawClient | undefined> {
  const { streaming: stream } = target
  const method = target.welcome?.contract?.methods.findIndex(([name]) => name === stream?.method) ?? -1
  if (stream === undefined || method < 0) return undefined
  const client = await target.guest()
  client.say({ kind: Kind.call, id: 1, method, input: stream.input })
  // An answer means that it has ended, and that there is nothing to attack.
  const over = await client.until((each) => 'id' in each && each.id === 1 && isAnswer(each.kind), 100)
  if (over === undefined) return client
  client.leave()
  throw new Error(
    `${stream.method} ended at once: ${JSON.stringify(over)}; --input must fit it, and it has to wait for items`,
  )
}

const isAnswer = (kind: number) => kind === Kind.result || kind === Kind.error

/** Each of these, on a live stream of its own, must end the connection with 4400. */
async function eachViolates(target: Target, cases: readonly (readonly string[])[]): Promise<Finding> {
  const findings = cases.map(async (messages) => {
    const client = await liveStream(target)
    if (client === undefined) return unnamed
    for (const message of messages) client.sayBytes(hex(message))
    return mustClose(client, [4400])
  })
  return worst(await Promise.all(findings), `all ${cases.length} closed with 4400`)
}

const unnamed = skipped('no stream is named (--stream)')

const violation = (name: string, threat: string, ...cases: (readonly string[])[]): Attack => ({
  name,
  threat,
  run: (target) => eachViolates(target, cases),
})

async function negativeCredit(target: Target): Promise<Finding> {
  if (target.streaming === undefined) return unnamed
  const fields = [
    '"bytes":-1,"items":1',
    '"bytes":1e300,"items":1e300',
    '"bytes":9007199254740992,"items":1',
    '"bytes":1.5,"items":1',
  ]
  const findings = fields.map(async (each) => {
    const client = await target.guest({ json: true })
    client.sayText(
      JSON.stringify({ kind: 'call', id: 1, method: target.streaming?.method, input: target.streaming?.input }),
    )
    client.sayText(`{"kind":"credit","id":1,${each}}`)
    return mustClose(client, [4400])
  })
  return worst(await Promise.all(findings), `all ${fields.length} closed with 4400`)
}

/** More than anybody granted, at once: only what the server has said that it takes may be read. */
async function itemsWithoutCredit(target: Target): Promise<Finding> {
  const client = await liveStream(target)
  if (client === undefined) return unnamed
  const item = join(hex('0601c5f000'), new Uint8Array(0xf000).fill(1))
  const most = 64 * 1024 * 1024
  let sent = 0
  while (client.ending === undefined && sent < most) {
    for (let each = 0; each < 64; each++) client.sayBytes(item)
    sent += 64 * item.length
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  const ending = await client.ended(1_000)
  client.leave()
  if (ending?.code === 4400) return held(`${describeEnding(ending)} after at most ${Math.ceil(sent / 1024)} KiB`)
  if (ending !== undefined) return broken(`${describeEnding(ending)}; expected 4400`)
  const granted = Math.max(
    0,
    ...client.heard.map((each) => (each.kind === Kind.credit && each.id === 1 ? each.bytes : 0)),
  )
  // A handler that reads as fast as we send makes credit of everything.
  if (granted >= sent - target.limit('streamBytes', 262_144)) return held('its handler took all of it')
  return broken(`${sent} bytes were taken, ${granted} were granted`)
}

export const streamAttacks: readonly Attack[] = [
  violation(
    'credit-that-falls',
    'credit of a live stream that is taken back, while items are on their way',
    ['0c01ffffffff0fffffff7f', '0c01feffffff0fffffff7f'],
    ['0c01ffffffff0fffffff7f', '0c01ffffffff0ffeffff7f'],
    ['0c010000'],
  ),
  violation(
    'live-credit-overflow',
    'credit of a live stream beyond what numbers can say, or not minimal',
    ['0c01ffffffffffffffff01ff01'],
    ['0c0180808080808080808001ff01'],
    ['0c01808000ff01'],
  ),
  { name: 'negative-credit', threat: 'credit of a live stream below zero, and no number at all', run: negativeCredit },
  violation(
    'connection-credit',
    'credit for the whole connection that falls, or as if a callee said it',
    ['0c000000'],
    ['0c00ffffffff0f00', '0c00feffffff0f00'],
    ['2c00ffffffff0f00'],
  ),
  violation('item-after-end', 'an item after the end of its stream', ['0701', '060101']),
  violation('second-end', 'a second end of a stream', ['0701', '0701']),
  { name: 'item-without-credit', threat: 'items of a live stream, whether granted or not', run: itemsWithoutCredit },
]
