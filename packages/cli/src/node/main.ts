import { readFileSync } from 'node:fs'
import type { Output } from '../output.ts'
import { attack } from './attack/command.ts'

const HELP = `wirepact COMMAND

  attack URL    tries the usual attacks on your own server, and says what it did about each

  wirepact attack --help says more.
`

/** Runs the command line; resolves to the exit code: 0 well, 1 something is wrong with the server, 2 with the command. */
export async function main(args: readonly string[], output: Output = terminal()): Promise<number> {
  const [command, ...rest] = args
  if (command === 'attack') return attack(rest, output)
  if (command === '--version') {
    output.out(`${version()}\n`)
    return 0
  }
  const asked = command === undefined || command === '--help' || command === '-h' || command === 'help'
  if (!asked) output.err(`There is no command "${command}".\n\n`)
  output[asked ? 'out' : 'err'](HELP)
  return asked && command !== undefined ? 0 : 2
}

function terminal(): Output {
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    width: process.stdout.columns ?? 120,
  }
}

function version(): string {
  // Beside `dist` and `src` alike.
  const places = ['../package.json', '../../package.json']
  for (const place of places) {
    try {
      return JSON.parse(readFileSync(new URL(place, import.meta.url), 'utf8')).version
    } catch {
      // The other one.
    }
  }
  return 'unknown'
}
