import { createClient } from '@redis/client'
import { clientOptions, typeMapping } from './client-options.ts'
import { type Argument, type Link, type LinkListener, type OpenLink, openMs, pulse, within } from './link.ts'
import type { RedisSettings } from './options.ts'
import type { Script } from './scripts.ts'

/** Links to one server: two connections. When one of them ends, so does the link. */
export function singleLinks(settings: RedisSettings, scripts: readonly Script[]): OpenLink {
  return async (listener) => {
    const link = new SingleLink(settings, listener)
    try {
      await within(openMs, link.open(scripts), 'the engine did not answer')
      return link
    } catch (error) {
      link.close()
      throw error
    }
  }
}

class SingleLink implements Link {
  readonly heals = false
  readonly #commands
  readonly #subscriptions
  readonly #listener: LinkListener
  readonly #heard: (message: unknown, channel: unknown) => void
  #stopPulse: (() => void) | undefined
  #over = false

  constructor(settings: RedisSettings, listener: LinkListener) {
    const url = settings.urls[0] as string
    this.#listener = listener
    this.#heard = (message, channel) => listener.message(String(channel), message)
    this.#commands = createClient({ url, ...clientOptions(settings, false) }).withTypeMapping(typeMapping)
    this.#subscriptions = createClient({ url, ...clientOptions(settings, false) })
    for (const client of [this.#commands, this.#subscriptions]) client.on('error', (error) => this.#lost(error))
  }

  async open(scripts: readonly Script[]): Promise<void> {
    await Promise.all([this.#commands.connect(), this.#subscriptions.connect()])
    const commands = this.#commands
    const [info] = await Promise.all([
      commands.sendCommand(['INFO', 'replication']),
      // Known beforehand, so that requests which are sent together are run in their order.
      ...scripts.map(({ text }) => commands.sendCommand(['SCRIPT', 'LOAD', text])),
    ])
    if (!String(info).includes('role:master')) throw new Error('the engine is a replica, which cannot be written to')
    this.#stopPulse = pulse(
      () => [this.#commands, this.#subscriptions],
      () => this.#lost(new Error('the engine does not answer any more')),
    )
  }

  send(_key: string, command: readonly Argument[]): Promise<unknown> {
    return this.#commands.sendCommand(command)
  }

  async subscribe(channels: readonly string[]): Promise<void> {
    const parts: Promise<unknown>[] = []
    for (let n = 0; n < channels.length; n += atOnce) {
      parts.push(this.#subscriptions.subscribe(channels.slice(n, n + atOnce), this.#heard, true))
    }
    await Promise.all(parts)
  }

  unsubscribe(channel: string): void {
    this.#subscriptions.unsubscribe(channel, this.#heard, true).catch(() => {})
  }

  close(): void {
    this.#over = true
    this.#stopPulse?.()
    this.#commands.destroy()
    this.#subscriptions.destroy()
  }

  #lost(cause: unknown): void {
    if (this.#over) return
    this.close()
    this.#listener.lost(cause)
  }
}

/** Channels in one command: it is answered once for each of them. */
const atOnce = 1_000
