import { Kind } from '@wirepact/protocol'
import { hex } from '../bytes.ts'
import { type Attack, broken, type Finding, held, worst } from '../finding.ts'
import type { Target } from '../target.ts'
import { mustClose, mustLive } from '../verdicts.ts'

/** After welcome these bytes must end the connection with 4400. */
const violation = (name: string, threat: string, messages: readonly string[], resumable = false): Attack => ({
  name,
  threat,
  async run(target) {
    const client = await target.guest({ resumable })
    for (const message of messages) client.sayBytes(hex(message))
    return mustClose(client, [4400])
  },
})

async function eachViolates(target: Target, messages: readonly string[]): Promise<Finding> {
  const findings = messages.map((message) => violation('', '', [message]).run(target))
  return worst(await Promise.all(findings), `all ${messages.length} closed with 4400`)
}

async function forgedResume(target: Target): Promise<Finding> {
  const owner = await target.guest({ resumable: true })
  const session = owner.heard.flatMap((each) => (each.kind === Kind.welcome ? [each.session] : []))[0] ?? ''
  for (let tries = 0; tries < 64; tries++) {
    const thief = await target.stranger()
    const token = crypto.getRandomValues(new Uint8Array(32))
    const resume = { session, token, received: 0 }
    const welcome = await thief.hello({ credentials: target.credentials, resumable: true, resume })
    thief.leave()
    if (welcome.resumed !== undefined) return broken('a guessed token resumed somebody’s session')
  }
  return mustLive(owner, '64 forged tokens got new sessions, and the owner noticed nothing')
}

async function mixedVersions(target: Target): Promise<Finding> {
  const client = await target.stranger('wirepact.1+json')
  const hello = {
    ...{
      kind: 'hello',
      fingerprint: 'from another time',
      credentials: target.credentials,
      agent: 'attack/1',
      batch: true,
    },
    ...{ limits: { messageBytes: 2 ** 53 - 1, unheardOf: 7 }, unheardOf: { deep: [1] } },
  }
  client.sayText(JSON.stringify(hello))
  await client.until((message) => message.kind === Kind.welcome)
  const entries = Array.from({ length: 1_000 }, (_, index) => [`m${index}`, 'h', index % 2 === 0 ? 'v' : 2 ** 53 - 1])
  const odd = [...entries, ['constructor', '__proto__'], ['', '']]
  client.sayText(JSON.stringify({ kind: 'contract', contract: { methods: odd, clientMethods: odd, events: odd } }))
  return mustLive(client, 'a client of another contract and a later version is served')
}

export const messageAttacks: readonly Attack[] = [
  violation('id-reuse', 'a call id that was used before', ['0105ffffffff0f', '0105ffffffff0f']),
  violation('falling-ids', 'a call id below an earlier one', ['0105ffffffff0f', '0104ffffffff0f']),
  violation('cancel-of-the-future', 'the cancel of a call that was never made', ['0563']),
  violation('answer-never-asked', 'an answer to a call that the server never made', ['030901']),
  violation('ack-of-the-future', 'an ack of messages that were never sent', ['0bffffff7f'], true),
  violation('item-of-no-stream', 'an item of a stream that was never opened', ['060101']),
  violation('end-of-no-stream', 'the end of a stream that was never opened', ['27ff01']),
  violation('credit-of-no-stream', 'credit for a stream that was never opened', [
    '0c63ffffffffffffff0fffffffffffffff0f',
  ]),
  violation('state-from-a-client', 'a client that writes the state', ['0880']),
  violation('second-hello', 'a second hello, as somebody else', ['0f81ab66696e6765727072696e74a0']),
  {
    name: 'credit-overflow',
    threat: 'credit beyond what numbers can say, or of fewer parts than it has',
    run: (target) => eachViolates(target, ['0c01ffffffffffffffff01ff01', '0c0180808080808080808001', '0c01', '0c0105']),
  },
  {
    name: 'misplaced-kinds',
    threat: 'what only a server says, and kinds and flags that do not exist',
    run: (target) => {
      const reserved = Array.from({ length: 7 }, (_, index) => (25 + index).toString(16).padStart(2, '0'))
      return eachViolates(target, [
        ...reserved,
        '00',
        'e1010081a2627901',
        'a50100',
        '1080',
        '1880',
        '090101c0',
        '0a0101c0',
      ])
    },
  },
  {
    name: 'truncated-numbers',
    threat: 'numbers that end too soon, have no end, or are not minimal',
    run: (target) => eachViolates(target, ['01', '0180', '01ffffffffffffffffff01', '01810000', '0d', '0b8000']),
  },
  { name: 'resume-forgery', threat: 'somebody else’s session, with a guessed token', run: forgedResume },
  {
    name: 'mixed-versions',
    threat: 'a client of another contract and of a later version confuses the server',
    run: mixedVersions,
  },
  {
    name: 'largest-id',
    threat: 'ids up to 2^53 − 1, from which nothing can rise',
    async run(target) {
      const client = await target.guest()
      client.sayBytes(hex('01ffffffffffffff0fffffffff0f'))
      const answer = await client.until((message) => message.kind === Kind.error)
      client.leave()
      return answer === undefined ? broken('it was not answered') : held('it is answered like any other')
    },
  },
]
