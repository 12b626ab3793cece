import { Kind } from '@wirepact/protocol'
import { callHead, hex } from '../bytes.ts'
import { type Attack, broken, type Finding, held, skipped, worst } from '../finding.ts'
import { describeEnding, type RawClient } from '../raw-client.ts'
import type { Target } from '../target.ts'
import { mustClose, mustLive } from '../verdicts.ts'

/** A client with which the server has agreed on batches; undefined when it does not know them. */
async function batching(target: Target): Promise<RawClient | undefined> {
  const client = await target.guest({ batch: true })
  const agreed = client.heard.some((message) => message.kind === Kind.welcome && message.batch === true)
  if (agreed) return client
  client.leave()
  return undefined
}

const unknown = skipped('the server does not batch')

/** Many of the same short message, as one batch. */
function batchOf(member: Uint8Array, count: number): Uint8Array {
  const each = Uint8Array.of(member.length, ...member)
  const batch = new Uint8Array(1 + count * each.length)
  batch[0] = 25
  for (let index = 0; index < count; index++) batch.set(each, 1 + index * each.length)
  return batch
}

async function brokenBatches(target: Target): Promise<Finding> {
  const wrong = [
    '19',
    '1900',
    '1905 0d07',
    '1980',
    '198200 0d07',
    '19ffffffffffffffff01',
    '19021902',
    '3902 0d07',
    '1901ff',
  ]
  const findings = await Promise.all(
    wrong.map(async (bytes) => {
      const client = await batching(target)
      client?.sayBytes(hex(bytes))
      return client === undefined ? unknown : mustClose(client, [4400])
    }),
  )
  return worst(findings, `all ${wrong.length} closed with 4400`)
}

async function hollowBatch(target: Target): Promise<Finding> {
  const client = await batching(target)
  if (client === undefined) return unknown
  const empty = new Uint8Array(Math.min(1_000_001, target.messageBytes))
  empty[0] = 25
  client.sayBytes(empty)
  return mustClose(client, [4400])
}

/** Calls of a procedure that is not there: each of a batch is answered, within the limit of calls at once. */
async function crowdedBatch(target: Target): Promise<Finding> {
  const client = await batching(target)
  if (client === undefined) return unknown
  const calls = Array.from({ length: 100 }, (_, index) => callHead(index + 1))
  client.sayBytes(Uint8Array.of(25, ...calls.flatMap((call) => [call.length, ...call])))
  await client.until((message) => message.kind === Kind.error && message.id === 100)
  const answers = client.heard.filter(({ kind }) => kind === Kind.error).length
  return answers === 100
    ? mustLive(client, 'of 100 calls in one batch each was answered')
    : broken(`${answers} of 100 calls in one batch were answered: ${describeEnding(client.ending)}`)
}

/** Each member counts: thousands of messages in a few frames are no way around the rate. */
async function batchFlood(target: Target): Promise<Finding> {
  const perSecond = target.limit('messagesPerSecond', 0)
  if (perSecond === 0) return skipped('the server does not limit messages per second (preset trusted)')
  const client = await batching(target)
  if (client === undefined) return unknown
  const each = 5_400
  // More than it may owe when it is read for as long as the server has patience.
  const batches = Math.ceil((perSecond * 30) / each)
  for (let index = 0; index < batches; index++) client.sayBytes(batchOf(Uint8Array.of(0x0e, 0), each))
  const ending = await client.ended(30_000)
  client.leave()
  const said = `${batches} batches of ${each} messages`
  return ending?.code === 4429
    ? held(`${said}: ${describeEnding(ending)}`)
    : broken(`${said}: ${describeEnding(ending)}; expected 4429`)
}

export const batchAttacks: readonly Attack[] = [
  {
    name: 'batch-not-agreed',
    threat: 'a batch of messages that nobody agreed to',
    async run(target) {
      const client = await target.guest()
      client.sayBytes(hex('19020d07'))
      return mustClose(client, [4400])
    },
  },
  { name: 'broken-batch', threat: 'lengths in a batch that lie, and batches in batches', run: brokenBatches },
  { name: 'hollow-batch', threat: 'a batch of a million empty messages', run: hollowBatch },
  { name: 'crowded-batch', threat: 'a hundred calls in one message, to lose some', run: crowdedBatch },
  {
    name: 'batch-flood',
    threat: 'thousands of messages in few frames, to get around the rate',
    patient: true,
    run: batchFlood,
  },
]
