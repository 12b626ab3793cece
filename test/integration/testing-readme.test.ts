import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'

it('the example of packages/testing/README.md runs as it stands', async () => {
  const readme = readFileSync(new URL('../../packages/testing/README.md', import.meta.url), 'utf8')
  const [, program] = /```ts\n([\s\S]*?)```/.exec(readme) as unknown as [string, string]
  const folder = new URL('../.tmp/testing-readme/', import.meta.url)
  mkdirSync(folder, { recursive: true })
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = new URL('program.ts', folder)
  writeFileSync(file, program)
  const { report } = await import(/* @vite-ignore */ fileURLToPath(file))
  expect(report).toEqual({ outcome: { answers: [2, 5], total: 5 }, cuts: expect.any(Number) })
  expect(report.cuts).toBeGreaterThanOrEqual(6)
})
