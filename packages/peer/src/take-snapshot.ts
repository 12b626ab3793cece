import { describeIssues, type EventEntry, validate } from '@wirepact/contract'
import type { Take } from './shared-snapshot.ts'

/** For whom a snapshot is taken. */
export interface SnapshotRequest {
  readonly topic: unknown
  readonly context: unknown
  readonly connection: unknown
}

/** What takes an event's snapshot for one subscriber; it is personal as soon as it looks at who that is. */
export function takerOf(
  entry: EventEntry,
  snapshot: (request: SnapshotRequest) => unknown,
  topic: unknown,
  listener: { readonly context: unknown },
  connection: unknown,
): Take {
  return async (personal) => {
    const value = await snapshot({
      topic,
      get context() {
        personal()
        return listener.context
      },
      get connection() {
        personal()
        return connection
      },
    })
    const schema = entry.definition.snapshot
    if (schema === undefined) return value
    const outcome = await validate(schema, value)
    if (outcome.issues === undefined) return outcome.value
    const issues = describeIssues(outcome.issues)
    throw new TypeError(`the snapshot of ${entry.name} is not what its contract says: ${issues}`)
  }
}
