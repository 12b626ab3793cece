import { compile, contract, notification, procedure } from '@wirepact/contract'
import { describe, expect, it } from 'vitest'
import { flattenHandlers } from './handlers.ts'

const { methods } = compile(
  contract({ server: { sensors: { latest: procedure({}), list: procedure({}) }, log: notification() } }),
)
const latest = () => 1
const list = () => 2
const log = () => 3

describe('flattenHandlers', () => {
  it('puts handlers in the order of the numbers', () => {
    const flat = flattenHandlers(methods, { sensors: { list, latest }, log })
    expect(methods.map(({ name }) => name)).toEqual(['log', 'sensors.latest', 'sensors.list'])
    expect(flat).toEqual([log, latest, list])
  })

  it.each([
    ['one that is missing', { sensors: { latest }, log }, 'handlers.sensors.list is missing'],
    ['one that is undefined', { sensors: { latest, list: undefined }, log }, 'handlers.sensors.list is missing'],
    ['a namespace that is missing', { log }, 'handlers.sensors.latest is missing'],
    [
      'one too many',
      { sensors: { latest, list, lates: latest }, log },
      'handlers.sensors.lates is not in the contract',
    ],
    [
      'a namespace too many',
      { sensors: { latest, list }, log, more: { log } },
      'handlers.more.log is not in the contract',
    ],
    ['a function for a namespace', { sensors: latest, log }, 'handlers.sensors is not in the contract'],
    ['what is no function', { sensors: { latest, list: 5 }, log }, 'handlers.sensors.list is not a function'],
  ])('names %s', (_, handlers, message) => {
    expect(() => flattenHandlers(methods, handlers)).toThrow(new TypeError(message))
  })

  it('names the option it was given in', () => {
    expect(() => flattenHandlers(methods, {}, 'client.handlers')).toThrow(
      new TypeError('client.handlers.log is missing'),
    )
  })

  it('does not take what everything inherits for a handler', () => {
    const { methods: odd } = compile(contract({ server: { toString: procedure({}) } }))
    expect(() => flattenHandlers(odd, {})).toThrow(new TypeError('handlers.toString is missing'))
  })
})
