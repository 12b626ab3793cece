import { connect } from '@wirepact/client/node'
import { contract, event, procedure } from '@wirepact/contract'
import { MemoryLog } from '@wirepact/eventlog'
import { createServer } from '@wirepact/server'
import { listen } from '@wirepact/server/node'
import { answerTo, BenchEvent, UnaryInput, UnaryOutput } from '../harness/shapes.ts'
import type { Subject, SubjectClient, SubjectServer } from '../harness/subject.ts'

const bench = contract({
  server: { answer: procedure({ input: UnaryInput, output: UnaryOutput }) },
  // A gap ends the subscription, and with it the round: no event may be lost.
  events: { reading: event({ payload: BenchEvent, onGap: 'error' }) },
})

/** wirepact with one of its presets; all its safeties are on, as they always are. */
export function wirepact(limits: 'trusted' | 'public'): Subject {
  return {
    about: `wirepact, limits of the preset "${limits}", zod on input, output and payload`,
    packages: ['@wirepact/server', '@wirepact/client', 'zod'],
    serve: () => serve(limits),
    connect: open,
  }
}

export const subject: Subject = wirepact('trusted')

async function serve(limits: 'trusted' | 'public'): Promise<SubjectServer> {
  const server = createServer(bench, {
    limits,
    handlers: { answer: ({ input }) => answerTo(input) },
    // What waits for a slow subscriber waits in the log, so the log has to hold as much as a publisher may be ahead.
    log: new MemoryLog({
      now: Date.now,
      epoch: crypto.randomUUID(),
      recordsPerTopic: 200_000,
      bytesPerTopic: 64 * 1024 * 1024,
    }),
  })
  const { port } = await listen(server, { port: 0, host: '127.0.0.1' })
  return { port, publish: (payload) => void server.events.reading.publish(payload) }
}

async function open(port: number): Promise<SubjectClient> {
  const client = connect(bench, `ws://127.0.0.1:${port}`)
  await client.connected()
  return {
    call: client.api.answer,
    subscribe: (next, ended) => client.events.reading.subscribe({ next, ended }).ready,
  }
}
