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
