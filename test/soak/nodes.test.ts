import { describe, it } from 'vitest'
import { present } from '../engines/servers.ts'
import { provideRedis } from '../setup/engines.mjs'
import { durableEngineKills, forgetfulEngineKills } from './nodes/engine-kills.ts'
import { engineStop } from './nodes/engine-stop.ts'
import { nodeKills } from './nodes/kills.ts'
import { many } from './nodes/many.ts'
import { rollingRestarts } from './nodes/restarts.ts'
import { show } from './shown.ts'
import { long, seed } from './size.ts'

const timeout = 600_000
const clients = long ? 20 : 8

// Real processes, real sockets, the real engine: test/engines looks at the log alone, this at what clients see of it.
describe.runIf(present('redis-server', await provideRedis()))('two nodes and Redis', { timeout }, () => {
  it('lose nothing and run nothing twice when nodes are killed', async () => {
    show('nodes', seed, await nodeKills(long ? 30 : 3, clients))
  })

  it('lose nothing that was acknowledged when a durable engine is killed', async () => {
    show('nodes', seed, await durableEngineKills(long ? 20 : 2, clients))
  })

  it('tell every subscriber of a gap when the engine may have lost something', async () => {
    show('nodes', seed, await forgetfulEngineKills(long ? 20 : 2, clients))
  })

  it('fail in time, stay small and catch up when the engine stands still', async () => {
    show('nodes', seed, await engineStop(long ? 10_000 : 4_500, clients))
  })

  it('can be restarted one after the other without anybody noticing', async () => {
    show('nodes', seed, await rollingRestarts(long ? 10 : 1, long ? 20 : 10))
  })

  it('serve many topics, and many subscribers of one, over as many connections to the engine as none', async () => {
    show('nodes', seed, await many(long ? 10_000 : 500, long ? 10_000 : 200))
  })
})
