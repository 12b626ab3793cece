import type { EventEntry } from '@wirepact/contract'
import { WirepactError } from '@wirepact/protocol'
import type { EventRequest, TopicDirectory } from './topic-directory.ts'

/** Asks whether somebody may listen to a topic. Rejects with `permission-denied`, or with what `authorize` says. */
export async function permit(directory: TopicDirectory, entry: EventEntry, request: EventRequest): Promise<void> {
  const { authorize } = directory.handling(entry)
  if (authorize === undefined) return
  // Anything but a clear yes is a no: an answer that was forgotten must not let everybody in.
  if ((await authorize(request)) !== true) {
    throw new WirepactError('permission-denied', `you may not listen to this topic of ${entry.name}`)
  }
}

/**
 * Whether a topic that the server chose is one that its client might have asked for with its context before, and may not
 * with the one of now. What the server chose although `authorize` would have said no stays the server's choice.
 */
export async function isRevoked(
  directory: TopicDirectory,
  entry: EventEntry,
  request: EventRequest,
  before: unknown,
): Promise<boolean> {
  if (directory.handling(entry).authorize === undefined) return false
  if (await allows(directory, entry, request)) return false
  return allows(directory, entry, { ...request, context: before })
}

function allows(directory: TopicDirectory, entry: EventEntry, request: EventRequest): Promise<boolean> {
  return permit(directory, entry, request).then(
    () => true,
    () => false,
  )
}
