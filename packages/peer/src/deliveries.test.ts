import { publicLimits } from '@wirepact/protocol'
import { describe, expect, it } from 'vitest'
import { type Delivered, Deliveries } from './deliveries.ts'
import type { EventBatch } from './event-batch.ts'
import { eventCodec } from './json.ts'

const codec = eventCodec(publicLimits)

function setUp() {
  let now = 1
  const deliveries = new Deliveries(() => now++)
  const told: string[] = []
  const topic = (name: string, react: () => void = () => {}): Delivered => ({
    ...{ alias: 1, key: name, codec, laid: undefined },
    deliver({ events }: EventBatch<Delivered>) {
      told.push(events.map(({ payload, record }) => `${name}${record.offset}=${payload}`).join(' '))
      react()
    },
  })
  const publish = (to: Delivered, offset: number, payload: unknown = offset) => {
    const data = codec.encode(payload)
    deliveries.add(to, offset, undefined, data, 0, data.length)
    // The bytes were only borrowed.
    data.fill(0)
  }
  return { deliveries, told, topic, publish }
}

describe('what is published in a turn', () => {
  it('is delivered at its end, all at once', async () => {
    const { told, topic, publish } = setUp()
    const a = topic('a')
    for (const offset of [1, 2, 3]) publish(a, offset)
    expect(told).toEqual([])
    await Promise.resolve()
    publish(a, 4)
    expect(told).toEqual(['a1=1 a2=2 a3=3'])
    await Promise.resolve()
    expect(told).toEqual(['a1=1 a2=2 a3=3', 'a4=4'])
  })

  it('is delivered at once where something else is about to be sent', () => {
    const { deliveries, told, topic, publish } = setUp()
    expect(deliveries.pending).toBe(false)
    publish(topic('a'), 1)
    expect(deliveries.pending).toBe(true)
    deliveries.flush()
    expect([deliveries.pending, told]).toEqual([false, ['a1=1']])
  })

  it('keeps its order over all topics', async () => {
    const { told, topic, publish } = setUp()
    const [a, b] = [topic('a'), topic('b')]
    publish(a, 1)
    publish(b, 1)
    publish(b, 2)
    publish(a, 2)
    await Promise.resolve()
    expect(told).toEqual(['a1=1', 'b1=1 b2=2', 'a2=2'])
  })

  it('is never a batch with a hole', async () => {
    const { told, topic, publish } = setUp()
    const a = topic('a')
    publish(a, 1)
    publish(a, 5)
    await Promise.resolve()
    expect(told).toEqual(['a1=1', 'a5=5'])
  })

  it('leaves before it is much', () => {
    const { told, topic, publish } = setUp()
    const a = topic('a')
    for (let offset = 1; offset <= 40; offset++) publish(a, offset, 'x'.repeat(1_024))
    expect(told.length).toBe(2)
    expect(told[0]?.length).toBeLessThan(20_000)
  })

  it('while others are being delivered waits behind them', async () => {
    const { told, topic, publish } = setUp()
    const b = topic('b')
    let offset = 0
    const a = topic('a', () => {
      for (let count = 0; offset < 6 && count < 2; count++) publish(offset % 3 === 0 ? b : c, ++offset)
    })
    const c = topic('c')
    publish(a, 1)
    await Promise.resolve()
    publish(a, 2)
    await Promise.resolve()
    await Promise.resolve()
    expect(told.join(' ')).toBe('a1=1 b1=1 c2=2 a2=2 c3=3 b4=4')
  })

  it('has one time', async () => {
    const { deliveries, topic, publish } = setUp()
    const before = deliveries.now()
    publish(topic('a'), 1)
    expect([deliveries.now(), deliveries.now()]).toEqual([before, before])
    await Promise.resolve()
    expect(deliveries.now()).toBeGreaterThan(before)
  })
})
