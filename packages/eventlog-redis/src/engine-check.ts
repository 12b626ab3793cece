import type { Connection } from './connection.ts'
import type { RedisSettings } from './options.ts'

/**
 * Looks whether the engine is set up for what was declared, and reports what is not. Engines that do not show their
 * configuration (managed ones often do not) are taken at their owner's word. Answers whether `durable` can be true.
 */
export async function checkEngine(connection: Connection, settings: RedisSettings): Promise<boolean> {
  const asked = ['appendonly', 'appendfsync', 'no-appendfsync-on-rewrite', 'maxmemory', 'maxmemory-policy']
  const config = await connection
    .request(0, (link) => link.send(settings.prefix, ['CONFIG', 'GET', ...asked]))
    .then(configIn, () => undefined)
  if (config === undefined) return true
  const tell = (message: string) => settings.report({ what: 'engine-config', message })
  const { appendonly, appendfsync, maxmemory, 'maxmemory-policy': policy } = config
  if (policy !== undefined && policy !== 'noeviction' && maxmemory !== '0') {
    tell(
      `maxmemory-policy is ${policy}: keys may be dropped before their time, and calls run twice. Set it to noeviction`,
    )
  }
  const whileRewriting = config['no-appendfsync-on-rewrite'] !== 'yes'
  const isDurable = appendonly !== 'no' && (appendfsync ?? 'always') === 'always' && whileRewriting
  if (settings.durable && !isDurable) {
    tell(
      `durable was declared, but appendonly is ${appendonly}, appendfsync is ${appendfsync} and no-appendfsync-on-rewrite is ` +
        `${config['no-appendfsync-on-rewrite']}: each restart of the engine will be a gap. Set them to yes, always and no, ` +
        'or leave durable out',
    )
  }
  return isDurable
}

function configIn(reply: unknown): Record<string, string> {
  const pairs = Array.isArray(reply) ? reply : Object.entries(reply ?? {}).flat()
  const config: Record<string, string> = {}
  for (let n = 0; n + 1 < pairs.length; n += 2) config[String(pairs[n])] = String(pairs[n + 1])
  return config
}
