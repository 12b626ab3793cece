import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Child, canPin } from '../harness/child.ts'
import { type Cores, twoCores } from '../harness/cores.ts'
import { describeMachine, loadNow } from '../harness/machine.ts'
import { type Measured, reportText, resultsOf } from '../harness/results.ts'
import { tableOf } from '../harness/table.ts'
import type { Figure } from '../harness/workload.ts'
import { allCases, type EchoCase } from './echo-case.ts'
import type { Driven, OpenOrder, Part } from './peer-process.ts'
import { type Found, PROGRAMS, SUBJECTS, type SubjectName } from './subjects.ts'

/** Most time for one round. */
const LIMIT_MS = 30_000

interface Options {
  readonly rounds: number
  readonly warmUpMs: number
  readonly measureMs: number
  readonly subjects: readonly SubjectName[]
  /** Only cases whose name contains this. */
  readonly only: string
  readonly json: string | undefined
}

/** Measures the WebSocket libraries. @returns the exit code */
export async function main(args: readonly string[], found: Found): Promise<number> {
  const options = optionsOf(args, found)
  const cores = canPin() ? twoCores() : undefined
  const machine = describeMachine(cores, ['ws'])
  console.log(
    `${machine.cpu}, ${machine.cores} cores, Node.js ${machine.node}; ${options.rounds} rounds of ${options.measureMs} ms`,
  )
  const cases = allCases().filter(({ name }) => name.includes(options.only))
  let failed = false
  const all: Measured[] = []
  for (const given of cases) {
    const measured = await measure(given, options, found, cores)
    console.log(`\n${given.name}\n${tableOf(measured, 'ws')}`)
    for (const { subject, failure } of measured) if (failure !== undefined) console.error(`${subject}: ${failure}`)
    failed ||= measured.some(({ failure }) => failure !== undefined)
    all.push(...measured)
  }
  if (options.json !== undefined)
    writeFileSync(
      options.json,
      reportText({ machine: { ...machine, loadAfter: loadNow() }, results: resultsOf(all), complete: true }),
    )
  console.log(`\n${summary(cases, all)}`)
  return failed ? 1 : 0
}

function optionsOf(args: readonly string[], found: Found): Options {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    args: [...args],
    options: { rounds: text, measure: text, subjects: text, only: text, json: text, quick: { type: 'boolean' } },
  })
  const needed: Partial<Record<SubjectName, keyof Found>> = {
    ...{ bun: 'bun', 'tokio-tungstenite': 'tungstenite', 'ws+bufferutil': 'wsWithBufferutil' },
  }
  const has = (name: SubjectName) => {
    const what = needed[name]
    return what === undefined || found[what] !== undefined
  }
  const asked = values.subjects?.split(',')
  return {
    rounds: Number(values.rounds ?? (values.quick ? 3 : 5)),
    warmUpMs: values.quick ? 250 : 500,
    measureMs: Number(values.measure ?? (values.quick ? 400 : 1000)),
    subjects: SUBJECTS.filter((name) => has(name) && (asked === undefined || asked.includes(name))),
    only: values.only ?? '',
    json: values.json,
  }
}

function offers(name: SubjectName, { role, compressed }: EchoCase): boolean {
  return (role === 'server' || !PROGRAMS.includes(name)) && !(compressed && name === 'tokio-tungstenite')
}

/** Every subject once, then every subject again, so that a noisy moment hits all of them. */
async function measure(given: EchoCase, options: Options, found: Found, cores: Cores | undefined): Promise<Measured[]> {
  const subjects = options.subjects.filter((name) => offers(name, given))
  const figures = new Map<SubjectName, (readonly Figure[])[]>(subjects.map((name) => [name, []]))
  const failures = new Map<SubjectName, string>()
  for (let round = 0; round < options.rounds; round++) {
    for (let i = 0; i < subjects.length; i++) {
      const name = subjects[(i + round) % subjects.length]!
      if (failures.has(name)) continue
      try {
        figures.get(name)!.push(await playRound(name, given, options, found, cores))
      } catch (error) {
        failures.set(name, error instanceof Error ? error.message : String(error))
      }
    }
  }
  return subjects.map((name) => ({
    ...{ workload: given.name, subject: name, failure: failures.get(name) },
    rounds: figures.get(name)!,
  }))
}

async function playRound(
  name: SubjectName,
  given: EchoCase,
  { warmUpMs, measureMs }: Options,
  found: Found,
  cores: Cores | undefined,
): Promise<readonly Figure[]> {
  const script = fileURLToPath(new URL('peer-process.js', import.meta.url))
  const server = new Child('server', script, cores?.server, {})
  const client = new Child('client', script, cores?.client, {})
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`no result in ${LIMIT_MS / 1000} s${server.printed}${client.printed}`)),
      LIMIT_MS,
    )
  })
  const play = async () => {
    const asServer = given.role === 'server'
    const serving: Part = { given, found, name: asServer ? name : undefined }
    const port = (await server.ask('serve', serving)) as number
    const opening: OpenOrder = { given, found, port, warmUpMs, name: asServer ? undefined : name }
    await client.ask('open', opening)
    const cpu = async () => (await (asServer ? server : client).ask('cpu')) as number
    const before = await cpu()
    const { echoes, seconds } = (await client.ask('measure', measureMs)) as Driven
    const rate = { metric: 'rate', unit: 'echoes/s', value: echoes / seconds }
    return [rate, { metric: 'cpu', unit: 'µs/echo', value: ((await cpu()) - before) / echoes }]
  }
  try {
    return await Promise.race([play(), server.fault, limit])
  } finally {
    clearTimeout(timer)
    await Promise.all([server.end(), client.end()])
  }
}

/**
 * Our medians as ratios, all cases on one page: of rates, and in brackets of the CPU time per echo, which other programs
 * on the machine disturb less.
 */
function summary(cases: readonly EchoCase[], all: readonly Measured[]): string {
  const results = resultsOf(all)
  const ratio = (workload: string, subject: string, metric: string) => {
    const [own, other] = ['wirepact', subject].map(
      (name) =>
        results.find((each) => each.workload === workload && each.subject === name && each.metric === metric)?.median,
    )
    if (own === undefined || other === undefined || Number.isNaN(other)) return '–'
    return (metric === 'rate' ? own / other : other / own).toFixed(2)
  }
  const others = SUBJECTS.filter((subject) => subject !== 'wirepact')
  return cases
    .map(({ name }) => {
      const ratios = others.map((other) => `× ${other} ${ratio(name, other, 'rate')} (${ratio(name, other, 'cpu')})`)
      return `${name.padEnd(24)} ${ratios.join('   ')}`
    })
    .join('\n')
}
