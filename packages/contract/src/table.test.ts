import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { compareTables, compile, contract, event, procedure, tableOf } from './index.ts'

const one = procedure({ input: z.number() })
const changed = event({ payload: z.string(), onGap: 'skip' })

describe('tableOf', () => {
  it('has names, hashes and versions in the order of their numbers', () => {
    const compiled = compile(
      contract({
        server: { b: one, a: procedure({ version: 2 }) },
        client: { c: one },
        events: { changed },
        state: z.string(),
      }),
    )
    expect(tableOf(compiled)).toEqual({
      methods: [
        ['a', compiled.methods[0]?.hash, 2],
        ['b', compiled.methods[1]?.hash],
      ],
      clientMethods: [['c', compiled.clientMethods[0]?.hash]],
      events: [['changed', compiled.events[0]?.hash]],
      state: compiled.stateHash,
    })
  })

  it('has no state where the contract has none', () => {
    expect(tableOf(compile(contract({})))).toEqual({ methods: [], clientMethods: [], events: [] })
  })
})

describe('compareTables', () => {
  const table = (methods: [string, string, (number | string)?][], state?: string) => ({
    methods,
    clientMethods: [],
    events: [],
    ...(state === undefined ? {} : { state }),
  })

  it('finds the remote number of what both have', () => {
    const { methods } = compareTables(
      table([
        ['a', '1'],
        ['c', '3'],
      ]),
      table([
        ['a', '1'],
        ['b', '2'],
        ['c', '3'],
      ]),
    )
    expect(methods.map(({ number }) => number)).toEqual([0, 2])
    expect(methods.every(({ sameShape, sameVersion }) => sameShape && sameVersion)).toBe(true)
  })

  it('says what is missing, what has another shape, and what has another version', () => {
    const local = table([
      ['gone', '1'],
      ['shaped', '2'],
      ['versioned', '3', 1],
      ['unversioned', '4'],
    ])
    const remote = table([
      ['shaped', '9'],
      ['unversioned', '4', 1],
      ['versioned', '3', '1'],
    ])
    expect(compareTables(local, remote).methods).toEqual([
      { number: 'missing', sameShape: false, sameVersion: false },
      { number: 0, sameShape: false, sameVersion: true },
      { number: 2, sameShape: true, sameVersion: false },
      { number: 1, sameShape: true, sameVersion: false },
    ])
  })

  it('compares client methods and events in the same way, and the state', () => {
    const local = tableOf(compile(contract({ client: { one }, events: { changed }, state: z.string() })))
    const remote = tableOf(compile(contract({ client: { also: one, one }, state: z.number() })))
    expect(compareTables(local, remote)).toEqual({
      methods: [],
      clientMethods: [{ number: 1, sameShape: true, sameVersion: true }],
      events: [{ number: 'missing', sameShape: false, sameVersion: false }],
      sameState: false,
    })
    expect(compareTables(local, local).sameState).toBe(true)
  })

  it('takes names for names, whatever the remote calls its methods', () => {
    const { methods } = compareTables(
      table([
        ['constructor', '1'],
        ['a', '2'],
      ]),
      table([
        ['__proto__', '1'],
        ['a', '2'],
      ]),
    )
    expect(methods.map(({ number }) => number)).toEqual(['missing', 1])
  })
})
