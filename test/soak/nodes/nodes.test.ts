import { describe, it } from 'vitest'
import { present } from '../../engines/servers.ts'
import { provideNats, provideRedis } from '../../setup/engines.mjs'
import { show } from '../shown.ts'
import { long, seed } from '../size.ts'
import { durableEngineKills, forgetfulEngineKills } from './engine-kills.ts'
import { engineStop } from './engine-stop.ts'
import { nodeKills } from './kills.ts'
import { many } from './many.ts'
import { rollingRestarts } from './restarts.ts'

const timeout = 600_000
const clients = long ? 20 : 8

// Real processes, real sockets, the real engine: test/engines looks at the log alone, this at what clients see of it.
describe.runIf(present('redis-server', await provideRedis()))('two nodes and Redis', { timeout }, () => {
  it('lose nothing and run nothing twice when nodes are killed', async () => {
    show('nodes, Redis', seed, await nodeKills('redis', long ? 30 : 3, clients))
  })

  it('lose nothing that was acknowledged when a durable engine is killed', async () => {
    show('nodes, Redis', seed, await durableEngineKills('redis', long ? 20 : 2, clients))
  })

  it('tell every subscriber of a gap when the engine may have lost something', async () => {
    show('nodes, Redis', seed, await forgetfulEngineKills(long ? 20 : 2, clients))
  })

  it('fail in time, stay small and catch up when the engine stands still', async () => {
    show('nodes, Redis', seed, await engineStop('redis', long ? 10_000 : 4_500, clients))
  })

  it('can be restarted one after the other without anybody noticing', async () => {
    show('nodes, Redis', seed, await rollingRestarts('redis', long ? 10 : 1, long ? 20 : 10))
  })

  it('serve many topics, and many subscribers of one, over as many connections to the engine as none', async () => {
    show('nodes, Redis', seed, await many(long ? 10_000 : 500, long ? 10_000 : 200, long ? 1_000 : 100))
  })
})

// The same through NATS; its short forms are those of Redis above, and test/engines.
describe.runIf(long && present('nats-server', await provideNats()))('two nodes and NATS', { timeout }, () => {
  it('lose nothing and run nothing twice when nodes are killed', async () => {
    show('nodes, NATS', seed, await nodeKills('nats', 30, clients))
  })

  it('lose nothing that was acknowledged when the engine is killed', async () => {
    show('nodes, NATS', seed, await durableEngineKills('nats', 20, clients))
  })

  it('fail in time, stay small and catch up when the engine stands still', async () => {
    show('nodes, NATS', seed, await engineStop('nats', 10_000, clients))
  })

  it('can be restarted one after the other without anybody noticing', async () => {
    show('nodes, NATS', seed, await rollingRestarts('nats', 10, clients))
  })
})
