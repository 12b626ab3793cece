// Other people's WebSocket programs, for tests and benches that talk to them: from npm, PyPI and crates.io, into a folder below
// node_modules/.cache, so that no lockfile carries them and nothing global changes.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findProgram } from './debian.mjs'
import { withLock } from './lock.mjs'
import { cachePath, root, run } from './workspace.mjs'

const WEBSOCKETS = 'websockets==17.4'

/** Bun's program, or why it cannot be had: `{ path }` or `{ missing }`. */
export function provideBun() {
  return provideFromNpm('bun', ['bun@1.4.5'], 'bun/bin/bun.exe')
}

/** Deno's program: `{ path }` or `{ missing }`. */
export function provideDeno() {
  return provideFromNpm('deno', ['deno@2.9.6'], '.bin/deno')
}

/** The compiler of the last TypeScript that was written in JavaScript: `{ path }` or `{ missing }`. */
export function provideTypeScript59() {
  return provideFromNpm('typescript-5.9', ['typescript@5.9.3'], 'typescript/bin/tsc')
}

/** A folder in which `ws` finds its optional addon `bufferutil`: `{ path }` or `{ missing }`. */
export async function provideWsWithBufferutil(version) {
  const found = await provideFromNpm(
    `ws-native-${version}`,
    [`ws@${version}`, 'bufferutil@4.1.0'],
    'bufferutil/package.json',
  )
  return found.path === undefined ? found : { path: cachePath(`ws-native-${version}`) }
}

/** The echo server on Rust's tokio-tungstenite, built by cargo: `{ path }` or `{ missing }`. */
export async function provideTungstenite() {
  const cargo = findProgram(['cargo'])
  if (cargo === undefined) return { missing: 'cargo was not found' }
  const target = cachePath('tungstenite')
  const manifest = join(root, 'bench/websocket-echo/tungstenite/Cargo.toml')
  // cargo itself knows when there is nothing to do.
  const args = ['build', '--release', '--quiet', '--locked', '--manifest-path', manifest, '--target-dir', target]
  const { code, output } = await run(cargo, args)
  if (code === 0) return { path: join(target, 'release/tungstenite-echo') }
  return { missing: `cargo could not build it:\n${output.trim()}` }
}

/** A Python that can import `websockets`, and the environment that it needs for it: `{ path, env }` or `{ missing }`. */
export async function providePythonWebsockets() {
  const path = findProgram(['python3'])
  if (path === undefined) return { missing: 'python3 was not found' }
  const folder = cachePath('python-websockets')
  const env = { PYTHONPATH: folder, PYTHONDONTWRITEBYTECODE: '1' }
  const works = async () => (await run(path, ['-c', 'import websockets'], { env })).code === 0
  if (await works()) return { path, env }
  return withLock(`${folder}.lock`, async () => {
    const args = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--target', folder, WEBSOCKETS]
    const { code, output } = await run(path, args)
    if (code === 0 && (await works())) return { path, env }
    return { missing: `${WEBSOCKETS} could not be installed with pip:\n${output.trim()}` }
  })
}

async function provideFromNpm(name, packages, file) {
  const folder = cachePath(name)
  const path = join(folder, 'node_modules', file)
  if (existsSync(path)) return { path }
  return withLock(`${folder}.lock`, async () => {
    if (existsSync(path)) return { path }
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
    // Their install scripts put the program in its place; it comes from npm like the rest.
    const args = ['install', '--no-save', '--no-package-lock', '--no-audit', '--no-fund', '--foreground-scripts']
    const { output } = await run('npm', [...args, ...packages], { cwd: folder })
    return existsSync(path)
      ? { path }
      : { missing: `${packages.join(' and ')} could not be installed from npm:\n${output}` }
  })
}
