import { type AnyContract, compile, type StateOf } from '@wirepact/contract'
import { createEventReceivers, createRemote, type EventReceivers, type Remote } from '@wirepact/peer'
import { checkOptions } from './check-options.ts'
import type { Client } from './client.ts'
import { Connector } from './connector.ts'
import type { Dial, Platform } from './dial.ts'
import { remoteCaller } from './engine.ts'
import type { ClientOptions } from './options.ts'
import type { Observable, Status } from './status.ts'

/**
 * Puts a client on any way to make connections. The doors `connect` of this package are made with it.
 * @throws TypeError for an option that is out of its range
 */
export function createClient<C extends AnyContract>(
  contract: C,
  dial: Dial,
  options: ClientOptions<C>,
  platform: Platform = {},
): Client<C> {
  checkOptions(options)
  return new ContractClient(contract, dial, options, platform)
}

class ContractClient<C extends AnyContract> implements Client<C> {
  readonly api: Remote<C['server']>
  readonly events: EventReceivers<C['events']>
  readonly state: Observable<StateOf<C> | undefined>
  readonly status: Observable<Status>
  readonly #connector: Connector

  constructor(contract: C, dial: Dial, options: ClientOptions<C>, platform: Platform) {
    const compiled = compile(contract)
    const connector = new Connector({
      ...{ compiled, dial, platform, connection: this, shapes: (options.shapes ?? platform.shapes)?.(compiled) },
      // The typed surface has done its work here; the engine sees names and functions.
      settings: options as ClientOptions<AnyContract>,
    })
    this.#connector = connector
    this.api = createRemote<C['server']>(compiled.methods, remoteCaller(connector.caller, platform))
    this.events = createEventReceivers<C['events']>(compiled.events, (entry) => connector.events.receiver(entry))
    this.state = connector.mirror as Observable<StateOf<C> | undefined>
    this.status = connector.status
    connector.start()
  }

  connected(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    return this.#connector.connected(options.signal)
  }

  close(): Promise<void> {
    return this.#connector.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
