import type { SubjectClient } from './subject.ts'

/** How many are made at the same time: listening sockets have room for some hundreds. */
const AT_ONCE = 50

/** Makes so many connections, and has each do something first. */
export async function connections(
  connect: () => Promise<SubjectClient>,
  count: number,
  first: (client: SubjectClient) => Promise<void> = () => Promise.resolve(),
): Promise<readonly SubjectClient[]> {
  const made: SubjectClient[] = []
  const open = async () => {
    const client = await connect()
    await first(client)
    return client
  }
  while (made.length < count) {
    made.push(...(await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - made.length) }, open))))
  }
  return made
}
