import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { root, run } from '../test/setup/workspace.mjs'

const folder = mkdtempSync(join(tmpdir(), 'wirepact-bench-'))
afterAll(() => rmSync(folder, { recursive: true }))

function bench(...args: readonly string[]) {
  return run(process.execPath, [join(root, 'bench/run.mjs'), ...args])
}

const tiny = ['--rounds', '1', '--warm-up', '20', '--measure', '50']

/** Writes a subject whose client is this; it listens like any other, but does nothing there. */
function subject(name: string, client: string): string {
  const path = join(folder, `${name}.mjs`)
  writeFileSync(
    path,
    `import { createServer } from 'node:net'
    export const subject = {
      about: '${name}',
      packages: [],
      async serve() {
        const server = createServer().listen(0, '127.0.0.1')
        await new Promise((resolve) => server.once('listening', resolve))
        return { port: server.address().port }
      },
      connect: async () => (${client}),
    }`,
  )
  return path
}

describe('the bench', () => {
  it('measures, prints a table, and writes figures in the promised form', { timeout: 120_000 }, async () => {
    const file = join(folder, 'figures.json')
    const { code, output } = await bench(...tiny, '--workloads', 'W2,W4', '--subjects', 'wirepact,ws', '--json', file)
    expect(output).toMatch(/^wirepact +[\d,]+ /m)
    expect(code).toBe(0)
    const { machine, results, ...rest } = JSON.parse(readFileSync(file, 'utf8'))
    expect(rest).toEqual({ complete: true })
    expect(machine).toMatchObject({ node: process.versions.node, packages: { '@wirepact/server': expect.any(String) } })
    const said = results.map(
      (each: Record<string, unknown>) => `${each.workload} ${each.subject} ${each.metric} ${each.unit}`,
    )
    expect(said).toEqual([
      ...['W2 wirepact', 'W2 ws'].flatMap((pair) => [
        `${pair} rate calls/s`,
        `${pair} server-cpu µs/call`,
        `${pair} client-cpu µs/call`,
        `${pair} server-allocated B/call`,
        `${pair} client-allocated B/call`,
      ]),
      ...['W4 wirepact', 'W4 ws'].flatMap((pair) => [
        `${pair} rate events/s`,
        `${pair} server-cpu µs/event`,
        `${pair} client-cpu µs/event`,
        `${pair} server-allocated B/event`,
        `${pair} client-allocated B/event`,
      ]),
    ])
    for (const result of results) {
      expect(Object.keys(result).join(' ')).toBe('workload subject metric unit median min max rounds values')
      expect(result.median).toBeGreaterThan(0)
      expect(result.values).toHaveLength(result.rounds)
    }
  })

  it('keeps what was measured when it is ended early', { timeout: 120_000 }, async () => {
    // Built, so that what follows begins to measure at once.
    await bench('--list')
    const file = join(folder, 'ended.json')
    const args = ['--workloads', 'W8,W2', '--subjects', 'ws', '--rounds', '50', '--measure', '500', '--json', file]
    const child = spawn(process.execPath, [join(root, 'bench/run.mjs'), ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let output = ''
    child.stdout.on('data', (data) => {
      output += data
      if (output.includes('W2 ws: ')) child.kill('SIGINT')
    })
    const [code] = await once(child, 'close')
    expect(code).toBe(130)
    expect(output).toMatch(/^On a quiet machine this takes about \d+:\d\d minutes$/m)
    expect(output).toMatch(/^1\/50 W8 ws: 49\.8 bytes.*\[\d+:\d\d, about \d+:\d\d left\]$/m)
    expect(output).toMatch(/^The run was ended early/m)
    const { complete, results } = JSON.parse(readFileSync(file, 'utf8'))
    expect(complete).toBe(false)
    expect(results.map((each: Record<string, unknown>) => each.metric)).toContain('rate')
  })

  it('measures streams, also those that are cut again and again', { timeout: 120_000 }, async () => {
    const file = join(folder, 'streams.json')
    const workloads = ['W10', 'W10u', 'W10d', 'W10cu', 'W10cd', 'W1b']
    const args = ['--rounds', '1', '--warm-up', '20', '--measure', '200', '--workloads', workloads.join()]
    const { code, output } = await bench(...args, '--subjects', 'wirepact,ws', '--json', file)
    expect(output).toMatch(/^wirepact +[\d,.]+ /m)
    expect(code).toBe(0)
    const { results } = JSON.parse(readFileSync(file, 'utf8')) as { results: Record<string, unknown>[] }
    const measured = (workload: string) => results.filter((each) => each.workload === workload)
    for (const workload of workloads) {
      expect([...new Set(measured(workload).map(({ subject }) => subject))]).toEqual(['wirepact', 'ws'])
      for (const { median } of measured(workload)) expect(median).toBeGreaterThan(0)
    }
  })

  it('draws curves, and measures clients that come back', { timeout: 120_000 }, async () => {
    const file = join(folder, 'curves.json')
    const args = ['--rounds', '1', '--warm-up', '1', '--measure', '5', '--calls', '10', '--json', file]
    const workloads = ['C-in-flight', 'C-procedures', 'C-payload', 'W9', 'W12', 'W13']
    const { code, output } = await bench(...args, '--workloads', workloads.join(), '--subjects', 'wirepact')
    expect(output).toMatch(/^rate calls\/s by in flight +wirepact$/m)
    expect(code).toBe(0)
    const { results } = JSON.parse(readFileSync(file, 'utf8')) as { results: Record<string, unknown>[] }
    const curves = results.filter(({ points }) => points !== undefined)
    expect(curves.map(({ workload, metric, axis }) => `${workload} ${metric} by ${axis}`)).toEqual([
      ...['rate', 'server-cpu', 'client-cpu'].map((metric) => `C-in-flight ${metric} by in flight`),
      ...['rate', 'server-cpu', 'client-cpu', 'connect'].map((metric) => `C-procedures ${metric} by procedures`),
      ...['rate', 'server-cpu', 'client-cpu', 'payload'].map((metric) => `C-payload ${metric} by bytes`),
      'W9 percentiles by percent',
      'W12 percentiles by percent',
    ])
    expect(curves.map(({ values }) => (values as unknown[]).length)).toEqual(curves.map(() => 1))
  })

  it('measures those that are not in every run, and draws what it measured', { timeout: 120_000 }, async () => {
    const [file, charts] = [join(folder, 'release.json'), join(folder, 'charts')]
    const subjects = ['rpc-websockets', 'socket-io-default', 'river', 'connect-es', 'grpc-js']
    const args = ['--workloads', 'W2', '--no-allocations', '--subjects', subjects.join(), '--json', file]
    const { code, output } = await bench(...tiny, ...args, '--charts', charts)
    expect(output).toMatch(/^grpc-js +[\d,]+ /m)
    expect(code).toBe(0)
    const { results } = JSON.parse(readFileSync(file, 'utf8')) as { results: Record<string, unknown>[] }
    expect(results.filter(({ metric }) => metric === 'rate').map(({ subject }) => subject)).toEqual(subjects)
    for (const subject of subjects) expect(readFileSync(join(charts, 'W2.svg'), 'utf8')).toContain(`>${subject}<`)
  })

  it('tells of subjects that crash or answer wrongly, and measures the others', {
    timeout: 120_000,
  }, async () => {
    const file = join(folder, 'others.json')
    const answer = 'async ({ a, b }) => ({ c: a + 1, d: b })'
    const subjects = [
      subject('crashes', '{ call() { console.error("out of luck"); process.exit(3) } }'),
      subject(
        'throws',
        '{ call() { setImmediate(() => { throw new Error("from nowhere") }); return new Promise(() => {}) } }',
      ),
      subject('forgets', '{ call: async ({ a }) => ({ c: a + 1, d: "" }) }'),
      subject('cannot', '{}'),
      subject('works', `{ call: async (input) => { await new Promise(setImmediate); return (${answer})(input) } }`),
    ]
    const args = ['--workloads', 'W2', '--subjects', subjects.join(), '--json', file]
    const { code, output } = await bench(...tiny, ...args)
    expect(code).toBe(1)
    expect(output).toMatch(/W2 crashes failed: the client process ended with code 3; the client printed:\s+out of luck/)
    expect(output).toMatch(/W2 throws failed: the client process ended with code 1.*[\s\S]*?from nowhere/)
    expect(output).toMatch(/W2 forgets failed: .*\{"c":1,"d":""\} answers \{"a":0,"b":"key00"\}/)
    expect(output).toMatch(/^cannot +not offered$/m)
    const { results, failed } = JSON.parse(readFileSync(file, 'utf8'))
    expect([...new Set(results.map((result: Record<string, unknown>) => result.subject))]).toEqual(['works'])
    expect(failed).toEqual(['crashes', 'throws', 'forgets'].map((name) => ({ workload: 'W2', subject: name })))
  })

  it('ends subjects that wait or run for ever', { timeout: 120_000 }, async () => {
    const subjects = [
      subject('hangs', '{ call: () => new Promise(() => {}) }'),
      subject('spins', '{ call() { for (;;); } }'),
    ]
    const { code, output } = await bench(...tiny, '--workloads', 'W2', '--limit', '1', '--subjects', subjects.join())
    expect(code).toBe(1)
    expect(output).toMatch(/W2 hangs failed: it did not finish within 1 s/)
    expect(output).toMatch(/W2 spins failed: it did not finish within 1 s/)
  })

  it.each([
    [['--workloads', 'W99'], /^There is no "W99" among the workloads: .*W1, W1b, W2, W3, W4, .*\.$/m],
    [
      ['--subjects', 'wirepakt'],
      /^There is no "wirepakt" among the subjects: birpc, bun, capnweb, .*trpc, wirepact, .*ws-rpc.*\.$/m,
    ],
    [['--subjects', 'ws', '--reference', 'trpc'], /^There is no "trpc" among the subjects of this run: ws\.$/m],
    [['--subjects', `ws,${subject('ws', '{}')}`], /^Two of the subjects are called ws, /m],
    [['--subjects', './no-such-file.js'], /^There is no file .*no-such-file\.js\.$/m],
    [['--json', '/no/such/folder/file.json'], /^There is no folder \/no\/such\/folder to write/m],
  ])('explains %j', { timeout: 60_000 }, async (args, sentence) => {
    const { code, output } = await bench(...args)
    expect(output).toMatch(sentence)
    expect(code).toBe(2)
  })

  it('lists what there is', { timeout: 60_000 }, async () => {
    const { code, output } = await bench('--list')
    expect(code).toBe(0)
    for (const name of ['W1', 'W2', 'W4', 'wirepact', 'wirepact-public', 'ws', 'ws-rpc', 'trpc'])
      expect(output).toMatch(new RegExp(`^  ${name} +\\S`, 'm'))
  })
})
