import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { buildPackages, inDependencyOrder } from '../setup/build.mjs'
import { PNPM } from '../setup/install.mjs'
import { cachePath, filesBelow, root, run, twoAtATime } from '../setup/workspace.mjs'

const SLOW = 180_000
const bin = (name: string) => join(root, 'node_modules/.bin', name)
const packages = inDependencyOrder()
const tarballs = cachePath('tarballs')

/** Runs the tool once for each list of arguments; what it said where it failed, for the report to show. */
async function complaints(tool: string, runs: readonly (readonly string[])[]): Promise<string> {
  const answers = await twoAtATime(
    runs.map((args) => async () => {
      const { code, output } = await run(bin(tool), [...args], { env: { FORCE_COLOR: '0', NO_COLOR: '1' } })
      return code === 0 ? '' : `${tool} ${args.join(' ')} (code ${code})\n${output}`
    }),
  )
  return answers.filter((answer) => answer !== '').join('\n')
}

describe('sources', () => {
  it('are formatted and linted (Biome)', { timeout: SLOW }, async () => {
    expect(await complaints('biome', [['check', '--diagnostic-level=error', '--max-diagnostics=200', '.']])).toBe('')
  })

  it('check: pure files without ambient types, all files, tests, examples and bench (tsc)', {
    timeout: SLOW,
  }, async () => {
    const projects = packages.flatMap(({ folder }) => [`${folder}/tsconfig.json`, `${folder}/tsconfig.build.json`])
    const others = ['test/tsconfig.json', 'bench/tsconfig.json', ...examples()]
    const all = [...projects, ...others.filter((path) => existsSync(join(root, path)))]
    expect(
      await complaints(
        'tsc',
        all.map((path) => ['--noEmit', '--emitDeclarationOnly', 'false', '-p', path]),
      ),
    ).toBe('')
  })

  it('use every file, export and dependency (knip)', { timeout: SLOW }, async () => {
    expect(await complaints('knip', [['--no-config-hints']])).toBe('')
  })
})

describe('what is published', () => {
  beforeAll(async () => {
    await buildPackages()
    rmSync(tarballs, { recursive: true, force: true })
    mkdirSync(tarballs, { recursive: true })
    // pnpm, because it puts the doors of publishConfig and the real versions of workspace packages into the manifest.
    const args = ['-r', '--filter', './packages/*', 'pack', '--pack-destination', tarballs]
    const { code, output } = await run('npx', ['-y', PNPM, ...args], { env: { CI: 'true' } })
    if (code !== 0) throw new Error(output)
  }, SLOW)

  const packed = () => readdirSync(tarballs).map((name) => join(tarballs, name))

  it('is one tarball per package, each with a licence', () => {
    expect(packed().length).toBe(packages.length)
  })

  it('is well formed (publint)', { timeout: SLOW }, async () => {
    expect(
      await complaints(
        'publint',
        packed().map((tarball) => ['run', '--strict', tarball]),
      ),
    ).toBe('')
  })

  it('resolves to types and to code (attw)', { timeout: SLOW }, async () => {
    expect(
      await complaints(
        'attw',
        packed().map((tarball) => ['--profile', 'esm-only', tarball]),
      ),
    ).toBe('')
  })

  it('has declarations that a strict consumer can check (tsc)', { timeout: SLOW }, async () => {
    expect(await complaints('tsc', [['-p', 'test/static/consumer/tsconfig.json']])).toBe('')
  })

  it('and that consumer knows every door', () => {
    const doors = packages.flatMap(({ name, manifest }) =>
      Object.keys(manifest.exports)
        .filter((door) => door !== './package.json')
        .map((door) => name + door.slice(1)),
    )
    const text = readFileSync(join(root, 'test/static/consumer/doors.ts'), 'utf8')
    const known = [...text.matchAll(/import\('([^']+)'\)/g)].map((match) => match[1])
    expect(known.sort()).toEqual(doors.sort())
  })

  it('refers from file to file by the names that exist there', () => {
    const wrong = packages.flatMap(({ folder }) => wrongPaths(join(root, folder, 'dist')))
    expect(wrong.join('\n')).toBe('')
  })
})

function examples(): string[] {
  return readdirSync(join(root, 'examples')).map((name) => `examples/${name}/tsconfig.json`)
}

/** Relative paths in what was built that end in `.ts`, or lead to no file. */
function wrongPaths(dist: string): string[] {
  return builtFiles(dist).flatMap((path) => {
    const specifiers = [...readFileSync(path, 'utf8').matchAll(/(?:from|import)\s*\(?\s*['"](\.[^'"]+)['"]/g)]
    return specifiers
      .map((match) => match[1] ?? '')
      .filter((specifier) => {
        const target = join(path, '..', specifier)
        const file = path.endsWith('.d.ts') ? target.replace(/\.js$/, '.d.ts') : target
        return specifier.endsWith('.ts') || !existsSync(file)
      })
      .map((specifier) => `${path}: ${specifier}`)
  })
}

function builtFiles(dist: string): string[] {
  const files: string[] = filesBelow(dist)
  return files.filter((path) => /\.(js|d\.ts)$/.test(path))
}
