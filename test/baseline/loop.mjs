// One loop of calls or events over a real connection, server and client in this process: what is counted of it does not
// depend on how the kernel shares out time. Started by cost.mjs as
//
//   node [flags] loop.mjs calls|events COUNT        for whoever counts from outside
//   node --expose-gc [flags] loop.mjs calls|events  prints bytes allocated for each, one number per lot
import { connect } from '@wirepact/client/node'
import { createServer } from '@wirepact/server'
import { listen } from '@wirepact/server/node'
import { handlers, inputAt, itemAt, workload } from './workload.mjs'

const IN_FLIGHT = 64
/** Published at once, as many as no limit minds. */
const AT_ONCE = 250
const WARM_UP = 20_000
const LOT = 5_000
const LOTS = 9

const [what, times] = process.argv.slice(2)
const server = createServer(workload, { handlers, limits: 'trusted' })
const { url } = await listen(server, { port: 0, host: '127.0.0.1' })
const client = connect(workload, url)
await client.connected()
const run = what === 'calls' ? calls : await subscribed()
if (times === undefined) console.log(JSON.stringify(await allocated(run)))
else await run(Number(times))
// Nothing in here is worth a goodbye.
process.exit()

async function calls(count) {
  let left = count
  const caller = async () => {
    while (left-- > 0) {
      const input = inputAt(left)
      const { c } = await client.api.answer(input)
      if (c !== input.a + 1) throw new Error(`${c} answers ${input.a}`)
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, caller))
}

async function subscribed() {
  let [seen, wanted, arrived] = [0, 0, () => {}]
  const next = ({ id }) => {
    if (id !== itemAt(seen).id) throw new Error(`${id} came in place of ${seen}`)
    if (++seen === wanted) arrived()
  }
  await client.events.reading.subscribe({ next }).ready
  return async (count) => {
    for (let left = count; left > 0; left -= AT_ONCE) {
      const all = new Promise((resolve) => {
        arrived = resolve
      })
      const first = seen
      wanted = first + AT_ONCE
      for (let n = first; n < wanted; n++) void server.events.reading.publish(itemAt(n))
      await all
    }
  }
}

/** As long as young objects have room and nothing is collected, what the heap has grown by is what was allocated. */
async function allocated(work) {
  await work(WARM_UP)
  const lots = []
  for (let lot = 0; lot < LOTS; lot++) {
    globalThis.gc()
    await new Promise((resolve) => setImmediate(resolve))
    const before = inUse()
    await work(LOT)
    lots.push((inUse() - before) / LOT)
  }
  return lots
}

function inUse() {
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
