import { createClient } from '@redis/client'
import type { Engine } from '../engine.ts'

/** Sends one command to the engine, past every log. */
export async function ask(engine: Engine, ...command: readonly string[]): Promise<unknown> {
  const client = createClient({ url: `redis://127.0.0.1:${engine.port}` })
  await client.connect()
  try {
    return await client.sendCommand(command)
  } finally {
    client.destroy()
  }
}
