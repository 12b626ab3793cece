import { type Channel, Kind, type Message, type Outgoing, trustedLimits } from '@wirepact/protocol'
import { describe, expect, it } from 'vitest'
import { answerNothing } from './answers.ts'
import { binaryCodec } from './codec.ts'
import { Incidents } from './failure.ts'
import { Peer } from './peer.ts'

const codec = binaryCodec(trustedLimits)

class Ended implements Channel {
  readonly bufferedBytes = 0
  closedWith: number | undefined
  send(): void {}
  close(code: number): void {
    this.closedWith ??= code
  }
  terminate(): void {}
}

function setup() {
  const heard: string[] = []
  const peer = new Peer({
    codec,
    owner: {
      context: undefined,
      control: (message) => heard.push(`control ${message.kind}`),
      mirror: () => {
        throw new Error('nonsense')
      },
      spoke: () => heard.push('spoke'),
      writable() {},
      overflow() {},
      detached: (code) => heard.push(`detached ${code}`),
    },
    clock: { now: () => 0, schedule: () => () => {} },
    answering: answerNothing,
    implementation: { methods: [], handlers: [], middleware: [] },
    difference: { of: () => null },
    incidents: new Incidents('test', () => {}),
    connection: undefined,
    window: { bytes: 1_000, messages: 100 },
    resumable: true,
    peerMessageBytes: 1_000,
    maxRunning: 1,
  })
  const channel = () => {
    const each = new Ended()
    return { each, receiver: peer.receiver(each) }
  }
  const give = (receiver: ReturnType<typeof channel>['receiver'], message: Message | Outgoing) => {
    const bytes = typeof message === 'object' && 'kind' in message ? codec.encode(message) : message
    if (typeof bytes === 'string') receiver.text(bytes)
    else receiver.message(bytes.bytes, bytes.start, bytes.end)
  }
  return { peer, heard, channel, give }
}

const pong: Message = { kind: Kind.pong, nonce: 1 }

describe('the channel that a newer one has replaced', () => {
  it('is not listened to any more', () => {
    const { peer, heard, channel, give } = setup()
    const [old, next] = [channel(), channel()]
    peer.session.attach(old.each)
    give(old.receiver, pong)
    peer.session.resume(next.each, 0)
    give(old.receiver, pong)
    give(next.receiver, pong)
    give(next.receiver, pong)
    expect(heard).toEqual(['spoke', `control ${pong.kind}`, 'spoke', `control ${pong.kind}`, `control ${pong.kind}`])
  })

  it('may end whenever it likes: before the newer one, or after it, and nobody is told', () => {
    const { peer, heard, channel } = setup()
    const [first, second, third] = [channel(), channel(), channel()]
    peer.session.attach(first.each)
    peer.session.resume(second.each, 0)
    first.receiver.closed(4409, '', true)
    expect([heard, peer.session.phase]).toEqual([[], 'attached'])
    peer.session.resume(third.each, 0)
    third.receiver.closed(1006, '', false)
    second.receiver.closed(4409, '', true)
    // The session waits for its next channel; told twice, its owner would give it up.
    expect([heard, peer.session.phase]).toEqual([['detached 1006'], 'detached'])
  })
})

describe('a channel that carries the session', () => {
  it('tells of its end, after the end of the session, too', () => {
    const { peer, heard, channel } = setup()
    const { each, receiver } = channel()
    peer.session.attach(each)
    peer.end()
    receiver.closed(1000, '', true)
    expect(heard).toEqual(['detached 1000'])
  })

  it.each([
    ['bytes that are no message', { bytes: Uint8Array.of(0), start: 0, end: 1 }, 4400],
    ['a text', 'hello', 4406],
    ['a state that does not fit', { kind: Kind.state, patch: true, value: [[['a', 'b'], 1]] } as const, 4400],
    ['a cancel of a call that was never made', { kind: Kind.cancel, id: 3 } as const, 4400],
  ])('is closed for %s, and nothing that follows is heard', (_, bad, code) => {
    const { peer, heard, channel, give } = setup()
    const { each, receiver } = channel()
    peer.session.attach(each)
    expect(() => give(receiver, bad)).not.toThrow()
    give(receiver, pong)
    expect([each.closedWith, heard.filter((each) => each.startsWith('control'))]).toEqual([code, []])
  })
})
