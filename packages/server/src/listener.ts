import type { EventEntry } from '@wirepact/contract'
import type { EventForm, Subscribed } from '@wirepact/peer'
import { closeCode, Kind, type Message, type Outgoing, type Run, type Session, sizeOf } from '@wirepact/protocol'
import type { ClientSide } from './client-side.ts'
import type { PacedChannel } from './paced-channel.ts'

/** What a listener needs of its connection. */
export interface Listening {
  readonly encoding: 'binary' | 'json'
  readonly context: unknown
  readonly face: unknown
  readonly client: ClientSide
  /** The one that carries its session, or did last. */
  readonly channel: PacedChannel
  readonly peer: { readonly session: Session }
  /** Largest message it accepts, in bytes. */
  readonly messageBytes: number
}

/** A connection, as its subscriptions see it. */
export class Listener implements Subscribed {
  readonly connection: Listening

  constructor(connection: Listening) {
    this.connection = connection
  }

  get context(): unknown {
    return this.connection.context
  }

  get face(): unknown {
    return this.connection.face
  }

  get bufferedBytes(): number {
    return this.connection.channel.bufferedBytes
  }

  formOf(entry: EventEntry): EventForm {
    const { client, encoding } = this.connection
    if (encoding === 'json') return 'json'
    return client.hasPayload(entry) ? 'laid' : 'plain'
  }

  forward(message: Outgoing): boolean {
    const { channel, messageBytes, peer } = this.connection
    if (sizeOf(message) > messageBytes) return false
    if (peer.session.phase === 'attached') channel.send(message)
    return true
  }

  forwardAll(run: Run): boolean {
    const { channel, messageBytes, peer } = this.connection
    if (run.largest > messageBytes) return false
    if (peer.session.phase === 'attached') channel.sendAll(run)
    return true
  }

  // What a subscription is told fits into what every client accepts; a snapshot may not, and ends only its own.
  tell(message: Message): void {
    const { session } = this.connection.peer
    try {
      session.control(message)
    } catch (error) {
      if (message.kind === Kind.snapshot) throw error
      session.violate('what had to be said does not fit into what this client accepts', closeCode.messageTooLarge)
    }
  }
}
