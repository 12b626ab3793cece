import { provideRedis } from '../../test/setup/engines.mjs'

/** What has to be there before the example can run: the engine, unless one runs somewhere already. */
export async function prepare() {
  if (process.env.REDIS_URL) return
  const { path, missing } = await provideRedis()
  if (path === undefined)
    throw new Error(`${missing}\nIf Redis or Valkey runs somewhere: REDIS_URL=redis://… npm start -- ticker`)
  process.env.REDIS_SERVER = path
}
