import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { provideNats, provideRedis } from '../setup/engines.mjs'
import type { Engine } from './engine.ts'
import { present, startNats, startRedis } from './servers.ts'

/** The first answer to a line, or `nothing` when there is none for a while. */
function ask(engine: Engine, line: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(engine.port, '127.0.0.1')
    const settle = (answer: string) => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(200, () => settle('nothing'))
    socket.on('error', () => settle('nobody'))
    socket.on('data', (chunk) => settle(String(chunk).trim()))
    socket.write(line)
  })
}

describe.runIf(present('redis-server', await provideRedis()))('an engine in a process of its own: Redis', () => {
  it('can be stopped, killed, and started where it was', async () => {
    await using engine = await startRedis('--appendonly', 'yes', '--appendfsync', 'always')
    expect(await ask(engine, 'SET a 1\r\n')).toBe('+OK')
    engine.stop()
    expect(await ask(engine, 'GET a\r\n')).toBe('nothing')
    engine.resume()
    await engine.kill()
    expect(await ask(engine, 'GET a\r\n')).toBe('nobody')
    await engine.start()
    expect(await ask(engine, 'GET a\r\n')).toBe('$1\r\n1')
  })

  it('keeps nothing unless it is told to, and many run side by side', async () => {
    await using one = await startRedis()
    await using other = await startRedis()
    expect(await ask(one, 'SET a 1\r\n')).toBe('+OK')
    expect(await ask(other, 'GET a\r\n')).toBe('$-1')
    await one.kill()
    await one.start()
    expect(await ask(one, 'GET a\r\n')).toBe('$-1')
  })
})

describe.runIf(present('nats-server', await provideNats()))('an engine in a process of its own: NATS', () => {
  it('can be killed, and started where it was, with JetStream', async () => {
    await using engine = await startNats()
    await engine.kill()
    await engine.start()
    expect(await ask(engine, '')).toMatch(/^INFO .*"jetstream":true/)
  })
})
