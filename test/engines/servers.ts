import { provideNats, provideRedis, provideValkey } from '../setup/engines.mjs'
import { Engine, type EngineProgram } from './engine.ts'

/** What became of looking for a program. */
export interface Provided {
  readonly path?: string
  readonly missing?: string
}

/**
 * What is missing leaves its tests out on a person's machine, and says why; where CI runs it is a failure.
 * `describe.runIf(present('redis-server', await provideRedis()))`.
 */
export function present(name: string, { missing }: Provided): boolean {
  if (missing === undefined) return true
  if (process.env.CI) throw new Error(`${name} is missing: ${missing}`)
  console.log(`Left out, since ${name} is missing: ${missing}`)
  return false
}

/**
 * A Redis server. Without more arguments it keeps nothing on the disk: `'--appendonly', 'yes', '--appendfsync',
 * 'always'` is what makes it durable.
 */
export async function startRedis(...more: readonly string[]): Promise<Engine> {
  return Engine.start(redisProgram(pathOf(await provideRedis()), more))
}

/** A Valkey server, with the same arguments. */
export async function startValkey(...more: readonly string[]): Promise<Engine> {
  return Engine.start(redisProgram(pathOf(await provideValkey()), more))
}

/** A NATS server with JetStream, whose files are in its folder. */
export async function startNats(...more: readonly string[]): Promise<Engine> {
  return Engine.start({
    path: pathOf(await provideNats()),
    args: (port, folder) => ['-a', '127.0.0.1', '-p', `${port}`, '-js', '-sd', folder, ...more],
    knock: { send: '', answer: 'INFO ' },
  })
}

function redisProgram(path: string, more: readonly string[]): EngineProgram {
  return {
    path,
    args: (port, folder) => ['--bind', '127.0.0.1', '--port', `${port}`, '--dir', folder, '--save', '', ...more],
    // While it loads its file it answers with an error.
    knock: { send: 'PING\r\n', answer: '+PONG' },
  }
}

function pathOf({ path, missing }: Provided): string {
  if (path === undefined) throw new Error(missing)
  return path
}
