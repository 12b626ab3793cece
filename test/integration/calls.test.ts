import { isDeclaredError } from '@wirepact/contract'
import { WirepactError } from '@wirepact/protocol'
import { describe, expect, it, vi } from 'vitest'
import { counter } from './counter.ts'
import { join, serve } from './serve.ts'

const failure = (promise: Promise<unknown>): Promise<WirepactError<string>> =>
  promise.then(
    (value) => {
      throw new Error(`it should have failed, and gave ${JSON.stringify(value)}`)
    },
    (error) => error,
  )

describe('a call over real sockets', () => {
  it('gives the handler’s answer', async () => {
    const { url } = await serve()
    const { api } = join(url)
    expect(await api.increment({ by: 2 })).toEqual({ value: 2 })
    expect(await api.nested.echo({ text: 'grüße 👋' })).toBe('grüße 👋')
    expect(await api.bytes(new Uint8Array([1, 2, 3]))).toEqual(new Uint8Array([1, 2, 3]))
  })

  it('answers many calls in flight each with its own', async () => {
    const { url } = await serve()
    const { api } = join(url)
    const texts = Array.from({ length: 2000 }, (_, index) => `call ${index}`)
    expect(await Promise.all(texts.map((text) => api.nested.echo({ text })))).toEqual(texts)
  })

  it('refuses an input that fails its schema, with path and message, and the handler never runs', async () => {
    const { url, runs } = await serve()
    const { api } = join(url)
    const error = await failure(api.increment({ by: 'two' as unknown as number }))
    expect(error).toBeInstanceOf(WirepactError)
    expect(error.code).toBe('invalid-input')
    expect(error.message).toContain('at .by')
    expect(error.issues).toEqual([{ path: ['by'], message: expect.stringContaining('number') }])
    expect(runs.count).toBe(0)
  })

  it('turns an output that fails its schema into `internal`, and the server’s log says what and where', async () => {
    const { url, reports } = await serve()
    const { api } = join(url)
    const error = await failure(api.nested.fail({ how: 'output' }))
    expect(error.code).toBe('internal')
    expect(error.message).not.toContain('string')
    expect(reports).toMatchObject([{ what: 'output-invalid', where: 'nested.fail', incident: expect.any(String) }])
    expect(reports[0]?.message).toContain('expected string')
    expect(error.message).toContain(reports[0]?.incident)
  })

  it('gives declared errors with their data, thrown or returned, and narrows them by code', async () => {
    const { url } = await serve()
    const { api } = join(url)
    const thrown = await failure(api.nested.fail({ how: 'declared' }))
    expect(thrown).toMatchObject({ code: 'TOO_LATE', data: { by: 3 }, declared: true })
    expect(isDeclaredError(counter.server.nested.fail, thrown, 'TOO_LATE')).toBe(true)
    const returned = await api.nested.fail.safe({ how: 'returned' })
    expect(returned).toMatchObject({ ok: false, error: { code: 'NO_DATA', declared: true } })
    expect(await api.nested.echo.safe({ text: 'x' })).toEqual({ ok: true, value: 'x' })
  })

  it('does not let declared data leave that its schema refuses', async () => {
    const { url, reports } = await serve()
    const error = await failure(join(url).api.nested.fail({ how: 'bad data' }))
    expect(error.code).toBe('internal')
    expect(reports).toMatchObject([{ what: 'output-invalid' }])
  })

  it('leaks nothing of what a handler throws', async () => {
    const { url, reports } = await serve()
    const error = await failure(join(url).api.nested.fail({ how: 'throw' }))
    expect(error.code).toBe('internal')
    expect(JSON.stringify({ ...error, message: error.message })).not.toContain('passwd')
    expect(reports).toMatchObject([{ what: 'handler-threw', where: 'nested.fail', message: 'secret: /etc/passwd' }])
  })

  it('aborts the handler’s signal when its caller cancels, and the caller is free at once', async () => {
    const { url, runs } = await serve()
    const { api } = join(url)
    const controller = new AbortController()
    const call = failure(api.nested.slow({ ms: 10_000 }, { signal: controller.signal }))
    await vi.waitFor(() => expect(runs.count).toBe(1))
    controller.abort()
    expect((await call).code).toBe('cancelled')
    await vi.waitFor(() => expect(runs.aborted).toEqual(['cancelled']))
  })

  it('ends at its deadline on both sides', async () => {
    const { url, runs } = await serve()
    const { api } = join(url)
    await api.nested.echo({ text: 'connected' })
    expect((await failure(api.nested.slow({ ms: 10_000 }, { timeoutMs: 50 }))).code).toBe('deadline-exceeded')
    await vi.waitFor(() => expect(runs.aborted).toHaveLength(1))
  })

  it('is not sent when its signal was aborted before', async () => {
    const { url, runs } = await serve()
    const { api } = join(url)
    expect((await failure(api.increment({ by: 1 }, { signal: AbortSignal.abort() }))).code).toBe('cancelled')
    await api.nested.echo({ text: 'later' })
    expect(runs.count).toBe(0)
  })

  it('fails here when it is larger than the other side accepts, and the connection lives', async () => {
    const { url } = await serve()
    const { api } = join(url)
    const error = await failure(api.bytes(new Uint8Array(2 * 1024 * 1024)))
    expect(error.code).toBe('message-too-large')
    expect(await api.nested.echo({ text: 'alive' })).toBe('alive')
  })

  it('says where a value is that cannot travel', async () => {
    const { url } = await serve()
    const error = await failure(join(url).api.nested.echo({ text: (() => 'x') as unknown as string }))
    expect(error.code).toBe('invalid-input')
    expect(error.message).toContain('.text')
  })

  it('waits in line above the server’s limit of calls in flight', async () => {
    const { url } = await serve({ limits: { callsInFlight: 4 } })
    const { api } = join(url)
    const calls = Array.from({ length: 20 }, () => api.nested.slow({ ms: 5 }))
    expect(await Promise.all(calls)).toHaveLength(20)
  })

  it('carries a notification one way', async () => {
    const { url, lines } = await serve()
    const { api } = join(url)
    await api.nested.echo({ text: 'connected' })
    await api.log({ line: 'hello' })
    await vi.waitFor(() => expect(lines).toEqual(['hello']))
  })
})

describe('a call from the server', () => {
  it('is answered by the client’s handler', async () => {
    const { url } = await serve()
    const questions: string[] = []
    const { api } = join(url, {
      handlers: {
        confirm: async ({ input }) => {
          questions.push(input.question)
          return input.question.startsWith('may')
        },
        shout: () => {},
      },
    })
    expect(await api.ask({ question: 'may I?' })).toBe('yes')
    expect(await api.ask({ question: 'shall I?' })).toBe('no')
    expect(questions).toEqual(['may I?', 'shall I?'])
  })

  it('fails with what the client’s schema says, and not with what its handler threw', async () => {
    const { url, server } = await serve()
    const client = join(url, {
      report: () => {},
      handlers: {
        confirm: () => {
          throw new Error('private')
        },
        shout: () => {},
      },
    })
    await client.connected()
    const [connection] = [...server.connections]
    const error = await failure((connection as NonNullable<typeof connection>).api.confirm({ question: 'q' }))
    expect(error.code).toBe('internal')
    expect(error.message).not.toContain('private')
  })

  it('fails when its client goes away', async () => {
    const { url, server } = await serve()
    const client = join(url, { handlers: { confirm: () => new Promise<boolean>(() => {}), shout: () => {} } })
    await client.connected()
    const [connection] = [...server.connections]
    const call = failure((connection as NonNullable<typeof connection>).api.confirm({ question: 'q' }))
    await client.close()
    expect((await call).code).toBe('connection-lost')
  })
})

describe('state', () => {
  it('is there when the client is connected, and a change comes before the reply of its handler', async () => {
    const { url } = await serve()
    const client = join(url, { credentials: () => 'ada' })
    expect(client.state.value).toBeUndefined()
    await client.api.nested.echo({ text: 'x' })
    expect(client.state.value).toEqual({ user: 'ada', intervalMs: 1000 })
    const seen: unknown[] = []
    client.state.subscribe((state) => seen.push(state))
    await client.api.interval({ ms: 250 })
    expect(client.state.value).toEqual({ user: 'ada', intervalMs: 250 })
    expect(seen).toHaveLength(1)
  })

  it('is parsed by the server that writes it', async () => {
    const { url, server, reports } = await serve()
    const client = join(url)
    expect((await failure(client.api.interval({ ms: 'x' as unknown as number }))).code).toBe('invalid-input')
    const [connection] = [...server.connections]
    expect(() => connection?.state.update({ intervalMs: 'x' as unknown as number })).toThrow('at .intervalMs')
    expect(reports).toEqual([])
  })
})
