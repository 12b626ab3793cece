import { describeIssues, type EventEntry, validate } from '@wirepact/contract'
import { WirepactError } from '@wirepact/protocol'

/** The parameters as their schema yields them. @throws WirepactError `invalid-input` */
export async function parseTopic(entry: EventEntry, topic: unknown): Promise<unknown> {
  const schema = entry.definition.topic
  if (schema === undefined) {
    if (topic === undefined || topic === null) return undefined
    throw new WirepactError('invalid-input', `${entry.name} has no topic parameters`)
  }
  const outcome = await validate(schema, topic)
  if (outcome.issues === undefined) return outcome.value
  throw new WirepactError('invalid-input', `${entry.name} refused its topic: ${describeIssues(outcome.issues)}`)
}

/** The event that a subscriber means by its number or name. @throws WirepactError `unimplemented` */
export function findEvent(events: readonly EventEntry[], event: number | string): EventEntry {
  const entry = typeof event === 'number' ? events[event] : events.find(({ name }) => name === event)
  if (entry === undefined) throw new WirepactError('unimplemented', `there is no event ${event} on this side`)
  return entry
}
