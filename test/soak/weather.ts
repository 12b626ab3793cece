import type { Network } from '@wirepact/testing'
import type { ChaosNodes } from './chaos-nodes.ts'

/** What can happen to a network and its servers. Each is named, so that a failing run says what happened in it. */
export const weather: Readonly<Record<string, (network: Network, nodes: ChaosNodes) => void>> = {
  cut: (network) => network.cut(),
  'cut in the middle of what comes next': (network) => network.cutAfter(1 + network.random.below(15)),
  'only the client learns of a cut': (network) =>
    network.faultAfter(1 + network.random.below(15), ({ link }) => link.cutFor('client')),
  'only the server learns of a cut': (network) =>
    network.faultAfter(1 + network.random.below(15), ({ link }) => link.cutFor('server')),
  'black hole': (network) => network.faultAfter(1 + network.random.below(15), ({ link }) => link.swallow()),
  hesitation: (network) => {
    const ms = network.random.below(8_000)
    network.faultAfter(1 + network.random.below(15), ({ link }) => link.stall(ms))
  },
  'nobody listens for a while': (network, nodes) => {
    network.serve(undefined)
    network.cut()
    network.clock.schedule(network.random.below(4_000), () => network.serve(nodes.now))
  },
  drain: (network, nodes) => {
    const old = nodes.next()
    const options = { deadlineMs: network.random.below(40_000), spreadMs: network.random.below(10_000) }
    void old.drain(options).then(() => old.close())
  },
  'drain, and a cut in it': (network, nodes) => {
    const old = nodes.next()
    void old.drain({ deadlineMs: 30_000, spreadMs: 2_000 }).then(() => old.close())
    network.clock.schedule(network.random.below(3_000), () => network.cut())
  },
  'drain, with nobody to go to': (network, nodes) => {
    const old = nodes.next()
    network.serve(undefined)
    void old.drain({ deadlineMs: 10_000, spreadMs: 1_000 }).then(() => old.close())
    network.clock.schedule(network.random.below(15_000), () => network.serve(nodes.now))
  },
  'closed, and another': (_, nodes) => void nodes.next().close(),
  killed: (network, nodes) => {
    const old = nodes.next()
    network.cut()
    void old.close()
  },
  'the server cuts one': ({ random }, { now }) => {
    const all = [...now.connections]
    all[random.below(all.length)]?.terminate()
  },
  'the server closes one': ({ random }, { now }) => {
    const all = [...now.connections]
    all[random.below(all.length)]?.close()
  },
  'fresh credentials': (_, { now }) => {
    for (const connection of now.connections) connection.requireCredentials()
  },
}
