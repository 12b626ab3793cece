import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { compile, contract, event, notification, procedure } from './index.ts'

const item = z.string()

describe('compile', () => {
  it('numbers dotted names in the order of UTF-16 code units', () => {
    const one = procedure({})
    const { methods } = compile(
      contract({ server: { b: one, a: { z: one, B: one }, 'a-b': one, Z: one, é: one, '🚀': one, '\uffee': one } }),
    )
    // A rocket is a pair of surrogates, which come before U+FFEE.
    expect(methods.map(({ name }) => name)).toEqual(['Z', 'a-b', 'a.B', 'a.z', 'b', 'é', '🚀', '\uffee'])
    expect(methods.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  })

  it('knows how each method answers', () => {
    const { methods } = compile(
      contract({
        server: {
          accepts: procedure({ accepts: item, output: item }),
          call: procedure({ idempotent: true }),
          duplex: procedure({ accepts: item, yields: item }),
          notify: notification(),
          yields: procedure({ yields: item }),
        },
      }),
    )
    for (const { name, kind } of methods) expect(kind).toBe(name)
    expect(methods.filter(({ idempotent }) => idempotent).map(({ name }) => name)).toEqual(['call'])
  })

  it('keeps the two directions and the events apart, each with its definitions', () => {
    const one = procedure({ version: 'two' })
    const changed = event({ payload: item, onGap: 'error', version: 3 })
    const compiled = compile(contract({ server: { one }, client: { ask: { one } }, events: { list: { changed } } }))
    expect(compiled.methods).toMatchObject([{ name: 'one', index: 0, definition: one, version: 'two' }])
    expect(compiled.clientMethods).toMatchObject([{ name: 'ask.one', index: 0, definition: one }])
    expect(compiled.events).toMatchObject([{ name: 'list.changed', index: 0, definition: changed, version: 3 }])
    expect(compiled.stateHash).toBeUndefined()
  })

  it('compiles a contract once', () => {
    const machine = contract({ server: { one: procedure({}) } })
    expect(compile(machine)).toBe(compile(machine))
  })
})
