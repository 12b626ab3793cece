import type { ItemsOut } from '@wirepact/protocol'
import { describe, expect, it } from 'vitest'
import { ItemPump, type Items, UnsendableItem } from './item-pump.ts'

/** A half with room for so many items; `room` makes more, as a credit does. */
class Half implements ItemsOut {
  readonly taken: unknown[] = []
  room: number
  held: { value: unknown } | undefined
  source: ItemPump | undefined

  constructor(room: number) {
    this.room = room
  }

  put(value: unknown): boolean {
    if (value === 'unsendable') throw new TypeError('no wire value')
    if (this.room === 0) {
      this.held = { value }
      return false
    }
    this.room--
    this.taken.push(value)
    return true
  }

  give(room: number): void {
    this.room = room
    const { held } = this
    this.held = undefined
    if (held === undefined) return
    this.put(held.value)
    this.source?.sent()
  }

  end(): void {}
  close(): void {}
}

function start(items: Items<unknown>, room = 10) {
  const half = new Half(room)
  let done: Promise<unknown> = Promise.resolve()
  const pump = new ItemPump(items, (run) => {
    done = run
  })
  half.source = pump
  pump.begin(half)
  done.catch(() => {})
  return { half, pump, done: () => done }
}

const settle = () => new Promise<void>((resolve) => void setTimeout(resolve, 0))
declare function setTimeout(task: () => void, ms: number): unknown

/** Yields 1, 2, 3 …, and writes down that its `finally` ran. */
function counting(log: string[]) {
  return {
    *sync() {
      try {
        for (let n = 1; n <= 5; n++) yield n
        return 'all'
      } finally {
        log.push('finally')
      }
    },
    async *async() {
      try {
        for (let n = 1; n <= 5; n++) yield n
        return 'all'
      } finally {
        log.push('finally')
      }
    },
  }
}

describe.each(['sync', 'async'] as const)('a pump of a generator that is %s', (kind) => {
  it('puts every item, in order, and gives what the generator returned', async () => {
    const log: string[] = []
    const { half, done } = start(counting(log)[kind]())
    expect([await done(), half.taken, log]).toEqual(['all', [1, 2, 3, 4, 5], ['finally']])
  })

  it('asks for no item while the last one waits', async () => {
    const log: string[] = []
    const { half, done } = start(counting(log)[kind](), 2)
    await settle()
    expect([half.taken, half.held?.value]).toEqual([[1, 2], 3])
    half.give(2)
    await settle()
    expect([half.taken, half.held?.value]).toEqual([[1, 2, 3, 4], 5])
    half.give(9)
    expect([await done(), half.taken]).toEqual(['all', [1, 2, 3, 4, 5]])
  })

  it('runs its finally when it is stopped, once, and puts nothing more', async () => {
    const log: string[] = []
    const { half, pump, done } = start(counting(log)[kind](), 2)
    await settle()
    pump.stop()
    pump.stop()
    half.give(9)
    expect([await done(), half.taken, log]).toEqual([undefined, [1, 2, 3], ['finally']])
  })

  it('runs its finally when an item cannot be sent', async () => {
    const log: string[] = []
    const items = counting(log)[kind]()
    const bad = (async function* () {
      for await (const item of items) yield item === 3 ? 'unsendable' : item
    })()
    const { half, done } = start(bad)
    await expect(done()).rejects.toThrow(UnsendableItem)
    expect([half.taken, log]).toEqual([[1, 2], ['finally']])
  })
})

describe('a pump', () => {
  it('passes on what the iterator throws, and does not ask that one to return', async () => {
    let returned = 0
    const items = {
      [Symbol.iterator]: () => ({
        next() {
          throw new RangeError('mine')
        },
        return: () => ({ done: true as const, value: ++returned }),
      }),
    }
    await expect(start(items as Iterable<unknown>).done()).rejects.toThrow(new RangeError('mine'))
    expect(returned).toBe(0)
  })

  it('that is stopped while it waits for an item that never comes lets the iterator go at once', async () => {
    let stop: (result: IteratorResult<unknown>) => void = () => {}
    const items: AsyncIterable<unknown> = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise<IteratorResult<unknown>>((resolve) => (stop = resolve)),
        async return() {
          stop({ done: true, value: undefined })
          return { done: true, value: undefined }
        },
      }),
    }
    const { pump, done } = start(items)
    await settle()
    pump.stop()
    expect(await done()).toBe(undefined)
  })

  it('that its own generator stops lets that finish', async () => {
    const log: string[] = []
    const here: { pump?: ItemPump } = {}
    const { pump, done } = start(
      (function* () {
        try {
          yield 1
          here.pump?.stop()
          yield 2
        } finally {
          log.push('finally')
        }
      })(),
      0,
    )
    here.pump = pump
    await settle()
    pump.sent()
    await done()
    expect(log).toEqual(['finally'])
  })

  it('reads a stream of the platform, and cancels it', async () => {
    let cancelled = 0
    const stream = () =>
      new ReadableStream<number>({
        start(controller) {
          for (const n of [1, 2, 3]) controller.enqueue(n)
          controller.close()
        },
        cancel() {
          cancelled++
        },
      })
    const whole = start(stream())
    await whole.done()
    expect([whole.half.taken, cancelled]).toEqual([[1, 2, 3], 0])
    const open = new ReadableStream<number>({ cancel: () => void cancelled++ })
    const { pump, done } = start(open)
    pump.stop()
    await done()
    expect(cancelled).toBe(1)
  })

  it('puts the item that waited into the half of another session', async () => {
    const { half, pump, done } = start([1, 2, 3], 1)
    await settle()
    expect(half.held?.value).toBe(2)
    const next = new Half(9)
    next.source = pump
    pump.begin(next)
    await done()
    expect([half.taken, next.taken]).toEqual([[1], [2, 3]])
  })

  it('takes nothing that cannot be iterated over', () => {
    expect(() => start(5 as never)).toThrow('items must be an iterable')
    expect(() => start(undefined as never)).toThrow('items must be an iterable')
  })
})
