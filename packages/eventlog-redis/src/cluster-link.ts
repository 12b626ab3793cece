import { createCluster } from '@redis/client'
import { clientOptions, typeMapping } from './client-options.ts'
import {
  type Argument,
  type Link,
  type LinkListener,
  type OpenLink,
  openMs,
  type Pulsing,
  pulse,
  within,
} from './link.ts'
import type { RedisSettings } from './options.ts'

/** Links to a cluster: two connections to each primary, which come back one by one. */
export function clusterLinks(settings: RedisSettings): OpenLink {
  return async (listener) => {
    const link = new ClusterLink(settings, listener)
    try {
      await within(openMs, link.open(), 'no node of the cluster answered')
      return link
    } catch (error) {
      link.close()
      throw error
    }
  }
}

class ClusterLink implements Link {
  readonly heals = true
  readonly #cluster
  readonly #listener: LinkListener
  readonly #heard: (message: unknown, channel: unknown) => void
  #stopPulse: (() => void) | undefined
  #ready = false
  #over = false

  constructor(settings: RedisSettings, listener: LinkListener) {
    this.#listener = listener
    this.#heard = (message, channel) => listener.message(String(channel), message)
    const rootNodes = settings.urls.map((url) => ({ url }))
    // Only the host of a root is used for the nodes it names: what else its URL says has to be said for them, too.
    const { username, password, protocol } = new URL(settings.urls[0] as string)
    const defaults = clientOptions(
      {
        ...settings,
        username: settings.username ?? (username === '' ? undefined : decodeURIComponent(username)),
        password: settings.password ?? (password === '' ? undefined : decodeURIComponent(password)),
        tls: protocol === 'rediss:' ? (settings.tls ?? {}) : undefined,
      },
      retryMs,
    )
    this.#cluster = createCluster({ rootNodes, defaults }).withTypeMapping(typeMapping)
    this.#cluster.on('error', () => {})
    this.#cluster.on('node-ready', () => {
      if (this.#ready) listener.missed()
    })
  }

  async open(): Promise<void> {
    await this.#cluster.connect()
    this.#ready = true
    this.#stopPulse = pulse(
      () => this.#connections(),
      () => this.#lost(new Error('a node of the cluster does not answer any more')),
    )
  }

  send(key: string, command: readonly Argument[]): Promise<unknown> {
    return this.#cluster.sendCommand(key, false, [...command])
  }

  async subscribe(channels: readonly string[]): Promise<void> {
    // Each may be for another node.
    await Promise.all(channels.map((channel) => this.#cluster.sSubscribe(channel, this.#heard, true)))
  }

  unsubscribe(channel: string): void {
    Promise.resolve(this.#cluster.sUnsubscribe(channel, this.#heard, true)).catch(() => {})
  }

  close(): void {
    this.#over = true
    this.#stopPulse?.()
    try {
      this.#cluster.destroy()
    } catch {
      // It was never open.
    }
  }

  *#connections(): Iterable<Pulsing> {
    for (const node of this.#cluster.nodeByAddress.values()) {
      if (node.client !== undefined) yield node.client
      const subscriber = 'pubSub' in node ? node.pubSub?.client : undefined
      if (subscriber !== undefined) yield subscriber
    }
  }

  #lost(cause: unknown): void {
    if (this.#over) return
    this.close()
    this.#listener.lost(cause)
  }
}

/** Between tries to reach one node, in ms. */
const retryMs = 200
