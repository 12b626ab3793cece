import { setTimeout as sleep } from 'node:timers/promises'
import { jetstreamManager } from '@nats-io/jetstream'
import { eventLogSuite } from '@wirepact/eventlog/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { provideNats } from '../../setup/engines.mjs'
import type { Engine } from '../engine.ts'
import { present, startNats } from '../servers.ts'
import { besideLog, freshName, openAt } from './nodes.ts'

describe.runIf(present('nats-server', await provideNats()))('a log in NATS', () => {
  let engine: Engine
  beforeAll(async () => {
    engine = await startNats()
  })
  afterAll(() => engine.close())

  eventLogSuite(
    { describe, it, expect },
    {
      name: 'NATS JetStream',
      shared: true,
      wipeable: true,
      traces: 12,
      create: async ({ recordsPerTopic }) => {
        const name = freshName()
        const log = await openAt(engine.port, { name, recordsPerTopic })
        return {
          log,
          pause: () => sleep(5),
          // Its clock is the engine's own: keys are kept a little longer than was asked, never shorter.
          advance: (ms) => sleep(ms + 50),
          secondNode: () => openAt(engine.port, { name, recordsPerTopic }),
          wipe: () => removeStreams(engine, name),
          dispose: () => removeStreams(engine, name),
        }
      },
    },
  )
})

async function removeStreams(engine: Engine, name: string): Promise<void> {
  const nc = await besideLog(engine)
  const { streams } = await jetstreamManager(nc)
  await streams.delete(name)
  await streams.delete(`${name}_keys`)
  await nc.close()
}
