import { compile, contract, type MethodEntry, notification, procedure } from '@wirepact/contract'
import { WirepactError } from '@wirepact/protocol'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { CallOptions } from './outgoing-call.ts'
import { createRemote, type Remote } from './remote.ts'

const machine = contract({
  server: {
    list: procedure({ output: z.array(z.string()) }),
    sensors: {
      latest: procedure({
        input: z.object({ sensor: z.string() }),
        output: z.number(),
        errors: { NO_SUCH_SENSOR: z.object({ known: z.array(z.string()) }) },
      }),
      history: procedure({ yields: z.number() }),
    },
    log: notification({ input: z.string() }),
  },
})

interface Made {
  readonly entry: MethodEntry
  readonly input: unknown
  readonly options: CallOptions | undefined
}

/** A remote whose calls all have the same outcome, and the calls it was asked for. */
function remote(outcome: () => unknown): { api: Remote<typeof machine.server>; made: Made[] } {
  const made: Made[] = []
  const api = createRemote<typeof machine.server>(compile(machine).methods, {
    async invoke(entry, input, options) {
      made.push({ entry, input, options })
      return outcome()
    },
    open() {
      throw new Error('only calls are made here')
    },
  })
  return { api, made }
}

function fail(error: unknown): () => never {
  return () => {
    throw error
  }
}

describe('a remote', () => {
  it('makes the call that its place in the contract says', async () => {
    const { api, made } = remote(() => 21.5)
    expect(await api.sensors.latest({ sensor: 'cpu' }, { timeoutMs: 5 })).toBe(21.5)
    expect(made).toMatchObject([
      { entry: { name: 'sensors.latest' }, input: { sensor: 'cpu' }, options: { timeoutMs: 5 } },
    ])
  })

  it('takes options second where there is no input', async () => {
    const { api, made } = remote(() => [])
    await api.list()
    await api.list(undefined, { timeoutMs: 5 })
    expect(made.map(({ input, options }) => [input, options])).toEqual([
      [undefined, undefined],
      [undefined, { timeoutMs: 5 }],
    ])
  })

  it('sends notifications', async () => {
    const { api, made } = remote(() => undefined)
    expect(await api.log('text')).toBeUndefined()
    expect(made).toMatchObject([{ entry: { name: 'log', kind: 'notify' }, input: 'text' }])
    expect('safe' in api.log).toBe(false)
  })

  it('rejects as the call does', async () => {
    const error = new WirepactError('unavailable')
    await expect(remote(fail(error)).api.list()).rejects.toBe(error)
  })

  it('is made of functions that say which procedure they are, and of nothing else', () => {
    const { api } = remote(() => 1)
    expect(api.sensors.latest.name).toBe('sensors.latest')
    expect((api.sensors.latest as { then?: unknown }).then).toBeUndefined()
    expect(() => Object.assign(api.sensors.latest, { safe: 1 })).toThrow(TypeError)
  })
})

describe('safe', () => {
  it('gives the value of a call that went well', async () => {
    const { api, made } = remote(() => 21.5)
    expect(await api.sensors.latest.safe({ sensor: 'cpu' }, { key: 'k' })).toEqual({ ok: true, value: 21.5 })
    expect(made).toMatchObject([{ input: { sensor: 'cpu' }, options: { key: 'k' } }])
  })

  it('gives the error of one that did not', async () => {
    const error = new WirepactError('NO_SUCH_SENSOR', 'gone', { data: { known: ['cpu'] }, declared: true })
    const result = await remote(fail(error)).api.sensors.latest.safe({ sensor: 'gpu' })
    expect(result).toEqual({ ok: false, error })
    if (!result.ok && result.error.code === 'NO_SUCH_SENSOR') expect(result.error.data.known).toEqual(['cpu'])
  })

  it('never rejects: whatever is thrown has a code', async () => {
    const result = await remote(fail(new RangeError('odd'))).api.list.safe()
    expect(result).toMatchObject({ ok: false, error: { code: 'internal', cause: new RangeError('odd') } })
  })
})
