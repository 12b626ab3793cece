import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { eventLogSuite } from '@wirepact/eventlog/testing'
import { RedisLog } from '@wirepact/eventlog-redis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { provideRedis } from '../../setup/engines.mjs'
import type { Engine } from '../engine.ts'
import { present, startRedis } from '../servers.ts'
import { ask } from './ask.ts'

describe.runIf(present('redis-server', await provideRedis()))('Redis', () => {
  let engine: Engine
  beforeAll(async () => {
    engine = await startRedis()
  })
  afterAll(() => engine.close())

  eventLogSuite(
    { describe, it, expect },
    {
      name: 'redis',
      shared: true,
      wipeable: true,
      traces: 20,
      create: ({ recordsPerTopic }) => {
        const prefix = randomUUID()
        const open = () => new RedisLog({ url: `redis://127.0.0.1:${engine.port}`, prefix, recordsPerTopic })
        return {
          log: open(),
          pause: () => sleep(5),
          advance: (ms) => sleep(ms),
          secondNode: async () => open(),
          wipe: async () => {
            await ask(engine, 'FLUSHALL')
          },
        }
      },
    },
  )
})
