import type { DuplexStream } from '@wirepact/peer'
import { describe, expect, it } from 'vitest'
import { deferredStream } from './deferred-stream.ts'

/** Echoes what is written, and writes down what was asked of it. */
function echo() {
  const log: unknown[] = []
  const items: unknown[] = []
  let end: (value: unknown) => void = () => {}
  const result = new Promise<unknown>((resolve) => {
    end = resolve
  })
  const stream = {
    result,
    async next() {
      log.push('next')
      return items.length > 0 ? { done: false, value: items.shift() } : { done: true, value: await result }
    },
    async return() {
      log.push('return')
      return { done: true, value: undefined }
    },
    async write(item: unknown) {
      log.push(['write', item])
      items.push(item)
    },
    end() {
      log.push('end')
      end('done')
      return result
    },
    cancel: (reason: unknown) => log.push(['cancel', reason]),
    get readable() {
      return new ReadableStream({
        start(controller) {
          for (const item of [1, 2]) controller.enqueue(item)
          controller.close()
        },
      })
    },
    get writable() {
      return new WritableStream({ write: (item) => stream.write(item) })
    },
  }
  return { log, stream: stream as unknown as DuplexStream<unknown, unknown, unknown> }
}

describe('a stream that is not there yet', () => {
  it('passes everything on, in order, once it is', async () => {
    const { log, stream } = echo()
    let arrive: (stream: unknown) => void = () => {}
    const deferred = deferredStream(
      new Promise((resolve) => {
        arrive = resolve
      }),
    )
    const asked = [deferred.write('a'), deferred.write('b'), deferred.next(), deferred.end()]
    deferred.cancel('late')
    expect(log).toEqual([])
    arrive(stream)
    expect(await Promise.all(asked)).toEqual([undefined, undefined, { done: false, value: 'a' }, 'done'])
    expect(await deferred.result).toBe('done')
    expect(log).toEqual([['write', 'a'], ['write', 'b'], 'next', 'end', ['cancel', 'late']])
  })

  it('is looped over, and left', async () => {
    const { log, stream } = echo()
    const deferred = deferredStream(Promise.resolve(stream))
    await deferred.write('a')
    for await (const item of deferred) {
      expect(item).toBe('a')
      break
    }
    expect(log).toContain('return')
  })

  it('has its views', async () => {
    const { log, stream } = echo()
    const deferred = deferredStream(Promise.resolve(stream))
    expect([deferred.readable, deferred.writable]).toEqual([deferred.readable, deferred.writable])
    const writer = deferred.writable.getWriter()
    await writer.write('x')
    const reader = deferred.readable.getReader()
    expect(await reader.read()).toEqual({ done: false, value: 'x' })
    await writer.close()
    expect((await reader.read()).done).toBe(true)
    expect(log).toEqual([['write', 'x'], 'next', 'end', 'next'])
  })

  it('says to who writes or closes its view what became of it', async () => {
    const { stream } = echo()
    const refused = new Error('refused')
    const failing = { ...stream, write: () => Promise.reject(refused), end: () => Promise.reject(refused) }
    const writer = deferredStream(Promise.resolve(failing)).writable.getWriter()
    writer.closed.catch(() => {})
    await expect(writer.write('x')).rejects.toBe(refused)
    await expect(deferredStream(Promise.resolve(failing)).writable.close()).rejects.toBe(refused)
  })

  it('fails with what kept it from coming, and nobody has to listen', async () => {
    const deferred = deferredStream(Promise.reject(new TypeError('no such file')))
    deferred.cancel()
    await expect(deferred.next()).rejects.toThrow('no such file')
    await expect(deferred.result).rejects.toThrow('no such file')
    await deferred[Symbol.asyncDispose]()
  })
})
