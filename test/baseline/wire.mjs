// Bytes of messages in conversations over a network in memory, with virtual time and chance from a seed: the same to the
// byte on every machine. Without the headers of WebSocket frames (2 bytes from the server, 6 from a client), which are
// RFC 6455's. A program of its own, so that it measures what is built, not what was built when its importer began.
import { createServer } from '@wirepact/server'
import { Network } from '@wirepact/testing'
import { handlers, inputAt, itemAt, workload } from './workload.mjs'

const TIMES = 1_000

console.log(JSON.stringify(await measured()))

async function measured() {
  const network = new Network({ seed: 1, latencyMs: 1 })
  const server = createServer(workload, { handlers, system: network.serverSystem, limits: 'trusted' })
  const counted = countBytes(server)
  network.serve(server)
  const client = network.connect(workload)
  await network.until(client.connected())
  const opening = counted()

  const each = async (act) => {
    // Ids and positions reach the size that they have in the middle of a session.
    for (let n = 0; n < 200; n++) await network.until(act(n))
    const before = counted()
    for (let n = 0; n < TIMES; n++) await network.until(act(n))
    return perTime(counted(), before)
  }
  const call = await each((n) => client.api.answer(inputAt(n)))
  const history = await each((n) => client.api.history(inputAt(n)))

  const beforeItems = counted()
  for await (const _ of within(network, client.api.items(TIMES)));
  const items = perTime(counted(), beforeItems)

  let arrived = 0
  const { ready } = client.events.reading.subscribe({ next: () => arrived++ })
  await network.until(ready)
  const event = await each(async (n) => {
    const wanted = arrived + 1
    server.events.reading.publish(itemAt(n))
    while (arrived < wanted) await network.advance(1)
  })

  const beforeCut = counted()
  network.cut()
  await network.advance(0)
  await network.until(client.connected())
  await network.until(client.api.answer(inputAt(0)))
  const back = counted()
  const sum = ({ up, down }) => round(up + down)
  return {
    'hello of a new session': opening.up,
    'welcome of a new session': opening.down,
    'a call and its answer': sum(call),
    'a call answered with ten readings': sum(history),
    'an event': sum(event),
    'an item of a stream': sum(items),
    'coming back with one subscription, and a call': back.up - beforeCut.up + (back.down - beforeCut.down),
  }
}

/** Counts what this server's connections carry; answers with what asks for the sums. */
function countBytes(server) {
  let [up, down] = [0, 0]
  const accept = server.accept.bind(server)
  server.accept = (source, request) => {
    const { channel } = source
    accept(
      {
        ...source,
        channel: {
          send(message, lasts) {
            down += message.end - message.start
            channel.send(message, lasts)
          },
          get bufferedBytes() {
            return channel.bufferedBytes
          },
          close: (code, reason) => channel.close(code, reason),
          terminate: () => channel.terminate(),
        },
        start: (receiver) =>
          source.start({
            message(bytes, start, end) {
              up += end - start
              receiver.message(bytes, start, end)
            },
            text: (text) => receiver.text(text),
            drained: () => receiver.drained?.(),
            closed: (code, reason, clean) => receiver.closed(code, reason, clean),
          }),
      },
      request,
    )
  }
  return () => ({ up, down })
}

function perTime(now, before) {
  return { up: (now.up - before.up) / TIMES, down: (now.down - before.down) / TIMES }
}

/** A loop in which virtual time passes while it waits. */
async function* within(network, stream) {
  const iterator = stream[Symbol.asyncIterator]()
  for (;;) {
    const { done, value } = await network.until(iterator.next())
    if (done) return
    yield value
  }
}

function round(bytes) {
  return Math.round(bytes * 100) / 100
}
