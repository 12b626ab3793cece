import type { connect } from '@wirepact/client'
import { counter } from '../../integration/counter.ts'

/** One client program, the same in a browser and in every Node.js; it says what it saw. */
export async function program(connectTo: typeof connect, url: string): Promise<unknown> {
  const questions: string[] = []
  const client = connectTo(counter, url, {
    credentials: () => 'ada',
    reconnect: { baseMs: 20, capMs: 50, firstMs: 20 },
    handlers: {
      confirm: ({ input }) => {
        questions.push(input.question)
        return true
      },
      shout: () => {},
    },
  })
  const { api, events, state } = client
  const heard: number[] = []
  let enough = () => {}
  const allHeard = new Promise<void>((resolve) => {
    enough = resolve
  })
  const subscription = events.tick.subscribe(
    { room: 'all' },
    {
      next: ({ n }) => {
        heard.push(n)
        if (n === 9) enough()
      },
    },
  )
  await subscription.ready
  const echo = await api.nested.echo({ text: 'grüße 👋' })
  const bytes = [...(await api.bytes(new Uint8Array([1, 2, 255])))]
  const refused = await api.increment.safe({ by: 'x' as unknown as number })
  const late = await api.nested.fail.safe({ how: 'declared' })
  const answer = await api.ask({ question: 'may I?' })
  await api.interval({ ms: 250 })
  // The server publishes the numbers from 0 to 9 and cuts every connection in the middle.
  await api.join({ room: 'all' })
  await allHeard
  subscription.unsubscribe()
  const seen = { ...state.value }
  await client.close()
  const codes = [refused, late].map((result) => (result.ok ? 'ok' : result.error.code))
  return { echo, bytes, codes, answer, questions, heard, seen, status: client.status.value.phase }
}
