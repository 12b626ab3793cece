import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { eventLogSuite } from '@wirepact/eventlog/testing'
import { RedisLog } from '@wirepact/eventlog-redis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { provideRedis, provideValkey } from '../../setup/engines.mjs'
import type { Engine } from '../engine.ts'
import { present, startRedis, startValkey } from '../servers.ts'
import { ask } from './ask.ts'

const programs = [
  { name: 'redis', here: present('redis-server', await provideRedis()), start: startRedis },
  { name: 'valkey', here: present('valkey-server', await provideValkey()), start: startValkey },
]

describe.each(programs.filter(({ here }) => here))('$name', ({ name, start }) => {
  let engine: Engine
  beforeAll(async () => {
    engine = await start()
  })
  afterAll(() => engine.close())

  eventLogSuite(
    { describe, it, expect },
    {
      name,
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
