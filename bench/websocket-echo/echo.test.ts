import { join } from 'node:path'
import { expect, it } from 'vitest'
import { root, run } from '../../test/setup/workspace.mjs'

it('measures both parts of a library and prints the ratios', { timeout: 120_000 }, async () => {
  const options = ['--rounds', '1', '--measure', '50', '--quick', '--only', ' 32 B ×64', '--subjects', 'wirepact,ws']
  const { code, output } = await run(process.execPath, [join(root, 'bench/websocket.mjs'), 'echo', ...options])
  for (const part of ['server', 'client']) {
    expect(output).toMatch(new RegExp(`^${part} 32 B ×64 +× ws [\\d.]+ \\([\\d.]+\\)`, 'm'))
  }
  expect(output).toMatch(/^wirepact +[\d,]+ /m)
  expect(code).toBe(0)
})

it('tells what an idle connection costs', { timeout: 120_000 }, async () => {
  const { code, output } = await run(process.execPath, [
    join(root, 'bench/websocket.mjs'),
    ...['idle', '--connections', '100', '--rounds', '1'],
  ])
  expect(output).toMatch(/^wirepact +-?\d+ \(-?\d+ to -?\d+\), -?\d+ above net$/m)
  expect(code).toBe(0)
})
