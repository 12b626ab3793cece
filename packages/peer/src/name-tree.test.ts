import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { atName, leafNames, nameTree } from './name-tree.ts'

describe('a tree of names', () => {
  const entries = ['list', 'sensors.latest', 'sensors.deep.down'].map((name) => ({ name }))
  const tree = nameTree(entries, ({ name }) => name) as Record<string, Record<string, unknown>>

  it('hangs each thing at its dotted name', () => {
    expect(tree.list).toBe('list')
    expect(tree.sensors?.latest).toBe('sensors.latest')
    expect(tree.sensors?.deep).toEqual({ down: 'sensors.deep.down' })
  })

  it('has no members but those: awaiting or logging a namespace does nothing odd', async () => {
    const { sensors } = tree
    for (const name of ['then', 'toJSON', 'constructor', '__proto__', 'toString', 'hasOwnProperty']) {
      expect(sensors?.[name]).toBeUndefined()
    }
    expect((sensors as unknown as Record<symbol, unknown>)[Symbol.iterator]).toBeUndefined()
    expect(await sensors).toBe(sensors)
    expect(JSON.stringify(sensors)).toBe('{"latest":"sensors.latest","deep":{"down":"sensors.deep.down"}}')
    expect(inspect(sensors)).toContain("latest: 'sensors.latest'")
  })

  it('cannot be changed', () => {
    expect(() => Object.assign(tree, { list: 1 })).toThrow(TypeError)
    expect(() => Object.assign(tree.sensors as object, { more: 1 })).toThrow(TypeError)
  })

  it('holds a method that is called like a member of every object', () => {
    const names = ['hasOwnProperty', 'valueOf.toString'].map((name) => ({ name }))
    expect(
      leafNames(
        nameTree(names, () => 1),
        (node) => node === 1,
      ),
    ).toEqual(['hasOwnProperty', 'valueOf.toString'])
  })
})

describe('atName', () => {
  it('finds what is there, and nothing that everything inherits', () => {
    const tree = { a: { b: 1 }, c: null }
    expect(atName(tree, 'a.b')).toBe(1)
    expect(['a.c', 'a.b.c', 'c.d', 'toString', 'a.constructor'].map((name) => atName(tree, name))).toEqual(
      Array(5).fill(undefined),
    )
  })
})
