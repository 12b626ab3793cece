import type { Message, Outgoing, Run } from '@wirepact/protocol'
import type { EventForm } from './shared-event.ts'
import type { Take } from './shared-snapshot.ts'
import type { Slowness } from './slow-policy.ts'
import type { Topic, TopicOutlet } from './topic.ts'

/** The connection that its bindings write to. */
export interface BindingOutlet<Bound> extends TopicOutlet {
  /** True above the connection's high water: what is not sent now is read from the log later. */
  readonly congested: boolean
  /** It has more to send, and is to be resumed when there is room: those who waited longest first. */
  waits(binding: Bound): void
  control(message: Message): void
  /** False for a message that is larger than the other side accepts. */
  forward(message: Outgoing): boolean
  /** As `forward` of each. False, and nothing is sent, when one is too large, or there is no room for all. */
  forwardAll(run: Run): boolean
  /** The log failed, a filter threw, or its policy says so: the subscription ends. */
  failed(binding: Bound, error: unknown): void
}

export interface BindingOptions<Bound> {
  readonly topic: Topic
  readonly outlet: BindingOutlet<Bound>
  /** Says which events this subscriber may see. */
  readonly filter?: ((payload: unknown) => boolean) | undefined
  /** The topic's state, for events whose contract declares a snapshot. */
  readonly snapshot?: Take | undefined
  readonly slowness: Slowness
  /** How its client reads the events. */
  readonly form: EventForm
}
