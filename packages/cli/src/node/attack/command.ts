import { parseArgs } from 'node:util'
import { isLoopback } from '../../loopback.ts'
import type { Output } from '../../output.ts'
import { renderTable } from '../../table.ts'
import { catalogue } from './catalogue.ts'
import { besiege, type Outcome } from './siege.ts'
import { Target } from './target.ts'

const HELP = `wirepact attack URL [options]

  Tries the usual attacks on your own server while an honest client uses it, and says what came of each. It runs none
  of your procedures with an input that fits them, but it does call them with inputs that do not. The one exception is
  what you name with --stream.

  URL                   ws://localhost:3000, wss://…; on this machine, unless you say otherwise
  --only NAMES          only these attacks, with commas in between (--list names them)
  --credentials JSON    what your clients say to be let in; anything that is no JSON is taken as a text
  --stream NAME         a procedure that accepts and yields items: it is called, and its stream attacked while it lives
  --input JSON          the input of that one
  --i-own-this-server   attacks a server on another machine. Do that only if it is yours
  --json                one JSON object for each attack, in a line of its own
  --list                what is tried
  --help                this text

  The exit code is 0 when the server held, 1 when it did not, 2 when the command makes no sense.
`

/** `wirepact attack`. */
export async function attack(args: readonly string[], output: Output): Promise<number> {
  const given = read(args)
  if (typeof given === 'string') return misuse(given, output)
  if (given.values.help === true) return say(output, HELP)
  if (given.values.list === true) return say(output, `${renderTable(catalogue.map(row), output.width)}\n`)
  const [address, ...more] = given.positionals
  if (address === undefined || more.length > 0) return misuse('It needs one URL.', output)
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (url === undefined || !/^(ws|http)s?:$/.test(url.protocol))
    return misuse(`${address} is no URL of ws:// or wss://.`, output)
  if (!isLoopback(url.hostname) && given.values['i-own-this-server'] !== true) {
    return misuse(`${url.hostname} is not this machine. If the server is yours, say --i-own-this-server.`, output)
  }
  const attacks = selected(given.values.only)
  if (typeof attacks === 'string') return misuse(attacks, output)
  const target = new Target(url, jsonOrText(given.values.credentials), streamOf(given.values))
  try {
    const json = given.values.json === true
    const outcomes = await besiege(target, attacks, (each) =>
      output.out(json ? `${JSON.stringify(each)}\n` : lineOf(each)),
    )
    if (!json) output.out(summary(outcomes))
    return outcomes.some(({ outcome }) => outcome === 'broken') ? 1 : 0
  } catch (error) {
    output.err(`${address} could not be attacked: ${error instanceof Error ? error.message : String(error)}\n`)
    return 2
  }
}

function read(args: readonly string[]) {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean' } as const
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        only: text,
        credentials: text,
        stream: text,
        input: text,
        'i-own-this-server': flag,
        json: flag,
        list: flag,
        help: flag,
      },
    })
  } catch (error) {
    return `${(error instanceof Error ? error.message : String(error)).split('. ')[0]}.`
  }
}

function say(output: Output, text: string): number {
  output.out(text)
  return 0
}

function misuse(why: string, output: Output): number {
  output.err(`${why} wirepact attack --help says more.\n`)
  return 2
}

function row({ name, threat }: { readonly name: string; readonly threat: string }): string[] {
  return [name, threat]
}

function selected(only: string | undefined): typeof catalogue | string {
  if (only === undefined) return catalogue
  const names = only.split(',').map((name) => name.trim())
  const unknown = names.find((name) => !catalogue.some((each) => each.name === name))
  if (unknown !== undefined) return `There is no attack "${unknown}"; --list names them.`
  return catalogue.filter(({ name }) => names.includes(name))
}

function streamOf({ stream, input }: { readonly stream?: string; readonly input?: string }) {
  return stream === undefined ? undefined : { method: stream, input: jsonOrText(input) }
}

function jsonOrText(given: string | undefined): unknown {
  if (given === undefined) return undefined
  try {
    return JSON.parse(given)
  } catch {
    return given
  }
}

const marks = { held: '✓', broken: '✗', skipped: '–' } as const

function lineOf({ name, outcome, seen, tookMs, victimP99Ms }: Outcome): string {
  const p99 = victimP99Ms === undefined ? '' : `  (others: p99 ${victimP99Ms.toFixed(1)} ms)`
  return `${marks[outcome]} ${name.padEnd(26)}${`${tookMs} ms`.padStart(9)}  ${seen}${p99}\n`
}

function summary(outcomes: readonly Outcome[]): string {
  const count = (which: Outcome['outcome']) => outcomes.filter(({ outcome }) => outcome === which).length
  const skipped = count('skipped') > 0 ? `, ${count('skipped')} had nothing to attack` : ''
  return `\n${count('held')} held, ${count('broken')} broken${skipped}\n`
}
