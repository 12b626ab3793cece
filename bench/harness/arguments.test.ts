import { describe, expect, it } from 'vitest'
import { ArgumentError, HELP, parseArguments } from './arguments.ts'

const usual = {
  show: 'figures',
  ...{ workloads: ['standard'], subjects: ['standard'], reference: undefined, json: undefined },
  ...{ charts: undefined, profile: undefined },
  ...{ rounds: 5, warmUpMs: 700, measureMs: 1500, limitMs: undefined, allocations: true, calls: 50_000 },
}

const quick = { warmUpMs: 300, measureMs: 700, allocations: false }

describe('arguments', () => {
  it.each([
    ['', {}],
    ['--workloads W2 --subjects wirepact,ws-rpc', { workloads: ['W2'], subjects: ['wirepact', 'ws-rpc'] }],
    ['--subjects=a,b,a,', { subjects: ['a', 'b'] }],
    ['--rounds 7 --json out.json', { rounds: 7, json: 'out.json' }],
    ['--quick', { workloads: ['quick'], rounds: 1, warmUpMs: 300, measureMs: 700, allocations: false }],
    ['--quick --rounds 2 --measure 50 --workloads W3', { ...quick, workloads: ['W3'], rounds: 2, measureMs: 50 }],
    ['--curves', { workloads: ['curves'], subjects: ['curves'], rounds: 3, warmUpMs: 200, measureMs: 400 }],
    ['--no-allocations --calls 100', { allocations: false, calls: 100 }],
    ['--warm-up 0 --limit 2', { warmUpMs: 0, limitMs: 2000 }],
    ['--reference ws --profile here', { reference: 'ws', profile: 'here' }],
    ['--list', { show: 'list' }],
    ['--list --help', { show: 'help' }],
  ])('%s', (line, differs) => {
    expect(parseArguments(line.split(' ').filter(Boolean))).toEqual({ ...usual, ...differs })
  })

  it.each([
    ['--round 5', /^Unknown option '--round'\. --help names all options\.$/],
    ['W2', /^Unexpected argument 'W2'\. --help/],
    ['--rounds', /'--rounds <value>' argument missing\. --help/],
    ['--rounds 0', /^--rounds must be a whole number of at least 1, not "0"\.$/],
    ['--rounds 1.5', /whole number/],
    ['--measure 1e3', /whole number/],
    ['--subjects ,', /^--subjects needs at least one name\. --list/],
    ['--quick --curves', /^--quick and --curves are two different runs\.$/],
    ['--quick=yes', /'--quick' does not take an argument/],
  ])('%s is explained', (line, message) => {
    const parse = () => parseArguments(line.split(' '))
    expect(parse).toThrow(ArgumentError)
    expect(parse).toThrow(message)
  })

  it('that the help names are all understood', () => {
    const named = [...HELP.matchAll(/^ {2}--([a-z-]+)/gm)].map((match) => match[1])
    expect(named.length).toBe(16)
    for (const name of named) {
      try {
        parseArguments([`--${name}`])
      } catch (error) {
        expect((error as Error).message).not.toMatch('Unknown option')
      }
    }
  })
})
