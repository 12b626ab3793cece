import {
  acknowledge,
  type Design,
  emptyLog,
  isPrefix,
  type Link,
  type Log,
  linkOf,
  type Packet,
  type ServerSession,
  type State,
} from './session-design.ts'

/** Something that may happen next: its name, and what it does to a copy of the state. */
export interface Step {
  readonly name: string
  /** A fault may happen or not; everything else happens sooner or later. */
  readonly fault: boolean
  readonly run: (state: State) => void
}

/** Everything that may happen in a state. */
export function steps(state: State, design: Design): Step[] {
  const found: Step[] = []
  const add = (name: string, run: Step['run'], fault = false) => found.push({ name, fault, run })
  const { client } = state
  const waiting = state.calls.indexOf('new')
  if (waiting >= 0 && client.s !== 0) add(`client issues ${waiting}`, (next) => issue(next, waiting))
  if (client.up !== 0 && maySend(client.log)) {
    add('client sends', (next) => send(next.client.log, linkOf(next, next.client.up)?.toServer))
  }
  if (client.up === 0 && client.trying === 0) add('client dials', (next) => dial(next, design))
  if (design.givesUp && client.trying !== 0 && state.cuts > 0)
    add('client gives up and dials', (next) => giveUp(next, design), true)
  for (const session of state.server) sessionSteps(session, add)
  for (const link of state.links) linkSteps(state, link, design, add)
  if (state.restarts > 0 && state.server.length > 0) add('server restarts', restart, true)
  return found
}

type Add = (name: string, run: Step['run'], fault?: boolean) => void

function sessionSteps({ id, running, link, log }: ServerSession, add: Add): void {
  for (const call of running) add(`server answers ${call}`, (next) => answer(sessionOf(next, id), call))
  if (link !== 0 && maySend(log)) {
    add(`server sends in session ${id}`, (next) => {
      const session = sessionOf(next, id)
      send(session.log, linkOf(next, session.link)?.toClient)
    })
  }
}

function linkSteps(state: State, link: Link, design: Design, add: Add): void {
  const { id } = link
  const at = (next: State) => linkOf(next, id) as Link
  if (link.toServer.length > 0) add(`${id}: message to server`, (next) => serverTakes(next, at(next), design))
  if (link.toClient.length > 0) add(`${id}: message to client`, (next) => clientTakes(next, at(next), design))
  if (link.opening !== null) add(`${id}: server opens`, (next) => open(next, at(next), design))
  const { clientGone, serverGone } = link
  // Whoever learns of the end of a link last has had every chance to read on, or none: both are states of their own.
  if (serverGone && !clientGone) add(`${id}: client learns`, (next) => clientLeaves(next, at(next)))
  if (clientGone && !serverGone) add(`${id}: server learns`, (next) => serverLeaves(next, at(next)))
  if (state.cuts === 0 || clientGone || serverGone) return
  const spend = (next: State): Link => {
    next.cuts--
    return at(next)
  }
  add(`${id}: cut, client first`, (next) => clientLeaves(next, spend(next)), true)
  add(`${id}: cut, server first`, (next) => serverLeaves(next, spend(next)), true)
}

function maySend({ all, acked, sent }: Log): boolean {
  return sent < all.length && sent - acked < 1
}

function send(log: Log, wire: Packet[] | undefined): void {
  wire?.push({ k: 'message', call: log.all[log.sent++] as number })
}

function issue(state: State, call: number): void {
  state.calls[call] = 'issued'
  state.client.log.all.push(call)
}

function dial(state: State, { numbered }: Design): void {
  if (numbered === 'by-client') state.client.attempt++
  const { s, token, received } = state.client
  const hello: Packet = { k: 'hello', s, token, received: received.length, attempt: state.client.attempt }
  const id = ++state.lastId
  state.links.push({ id, toServer: [hello], toClient: [], clientGone: false, serverGone: false, s: 0, opening: null })
  state.client.trying = id
}

function giveUp(state: State, design: Design): void {
  state.cuts--
  clientLeaves(state, linkOf(state, state.client.trying) as Link)
  dial(state, design)
}

function answer(session: ServerSession, call: number): void {
  session.running = session.running.filter((each) => each !== call)
  session.log.all.push(call)
}

function sessionOf(state: State, id: number): ServerSession {
  return state.server.find((session) => session.id === id) as ServerSession
}

function serverTakes(state: State, link: Link, { numbered, without }: Design): void {
  const packet = link.toServer.shift() as Packet
  if (packet.k === 'hello') {
    const known = state.server.find(({ id }) => id === packet.s)
    const found = known !== undefined && (packet.token === known.token || packet.token === known.previous)
    const attempt = numbered === 'by-server' ? ++state.arrivals : packet.attempt
    link.opening = { found: found && mayResume(known.log, packet.received), hello: { ...packet, attempt } }
    return
  }
  const session = state.server.find(({ id }) => id === link.s)
  if (session === undefined) return
  if (session.link !== link.id && without !== 'newest-connection-only') return
  if (session.link === link.id) session.previous = 0
  if (packet.k === 'ack') acknowledge(state, session.log, packet.count)
  if (packet.k !== 'message') return
  session.received.push(packet.call)
  session.running.push(packet.call)
  state.runs[packet.call] = (state.runs[packet.call] as number) + 1
  if (state.client.s === session.id && !isPrefix(session.received, state.client.log.all))
    state.wrong = 'calls arrive in another order'
  if ((state.runs[packet.call] as number) > 1) state.wrong = `call ${packet.call} ran twice`
  linkOf(state, session.link)?.toClient.push({ k: 'ack', count: session.received.length })
}

function open(state: State, link: Link, { numbered, without }: Design): void {
  const { found, hello } = link.opening as NonNullable<Link['opening']>
  link.opening = null
  const token = ++state.lastId
  let session = state.server.find(({ id }) => id === hello.s)
  if (!found && without === 'unknown-session-begins-anew' && session === undefined && hello.s !== 0) {
    // It believes the client, whose log holds everything since the beginning: nothing was ever acknowledged.
    session = newSession(hello.s, token, link.id)
    session.log.all = Array.from({ length: hello.received }, () => -1)
    session.log.acked = hello.received
    session.log.sent = hello.received
    state.server.push(session)
  } else if (!found || session === undefined) {
    // Not resumed. A session that ended while it was looked at sends the client back to try again.
    if (found) return serverLeaves(state, link)
    session = newSession(++state.lastId, token, link.id)
    state.server.push(session)
    link.s = session.id
    link.toClient.push({ k: 'welcome', s: session.id, token, received: -1 })
    return
  } else if (!mayResume(session.log, hello.received)) return serverLeaves(state, link)
  else if (numbered !== 'no' && hello.attempt <= session.attempt) return serverLeaves(state, link)
  const old = linkOf(state, session.link)
  if (old !== undefined && old !== link) serverLeaves(state, old, without === 'newest-connection-only')
  session.previous = without === 'old-token-until-spoken' ? 0 : hello.token
  session.token = token
  session.link = link.id
  session.attempt = hello.attempt
  link.s = session.id
  link.toClient.push({ k: 'welcome', s: session.id, token, received: session.received.length })
  acknowledge(state, session.log, hello.received)
  session.log.sent = session.log.acked
}

function newSession(id: number, token: number, link: number): ServerSession {
  return { id, token, previous: 0, link, attempt: 0, received: [], running: [], log: emptyLog() }
}

function mayResume({ acked, sent }: Log, received: number): boolean {
  return received >= acked && received <= sent
}

function clientTakes(state: State, link: Link, design: Design): void {
  const packet = link.toClient.shift() as Packet
  const { client } = state
  if (packet.k === 'welcome' && client.trying === link.id) return welcomed(state, link, packet, design)
  if (client.up !== link.id) return
  if (packet.k === 'ack') acknowledge(state, client.log, packet.count)
  if (packet.k !== 'message') return
  client.received.push(packet.call)
  if (state.calls[packet.call] !== 'issued') state.wrong = `an answer to call ${packet.call}, which waits for none`
  state.calls[packet.call] = 'answered'
  link.toServer.push({ k: 'ack', count: client.received.length })
}

function welcomed(state: State, link: Link, packet: Packet & { k: 'welcome' }, design: Design): void {
  const { restarts, without, mayLose } = design
  const { client } = state
  client.trying = 0
  client.up = link.id
  client.token = packet.token
  if (packet.received >= 0) {
    if (!acknowledge(state, client.log, packet.received)) return
    if (without !== 'resend') client.log.sent = client.log.acked
    return
  }
  if (client.s !== 0 && restarts === state.restarts && !mayLose)
    state.wrong = 'a session was lost, and no server restarted'
  for (const [index, call] of client.log.all.entries()) {
    if (state.calls[call] !== 'issued') continue
    const mayHaveRun = index < client.log.sent
    state.calls[call] = mayHaveRun && without !== 'no-second-run' ? 'lost' : 'new'
    if (!mayHaveRun && state.runs[call] !== 0) state.wrong = `call ${call} ran, and is said not to have`
  }
  client.s = packet.s
  client.attempt = 0
  client.received = []
  client.log = emptyLog()
}

function clientLeaves(state: State, link: Link): void {
  link.clientGone = true
  link.toClient = []
  if (state.client.up === link.id) state.client.up = 0
  if (state.client.trying === link.id) state.client.trying = 0
  forget(state, link)
}

function serverLeaves(state: State, link: Link, keepReading = false): void {
  link.serverGone = true
  if (!keepReading) {
    link.toServer = []
    link.opening = null
  }
  for (const session of state.server) if (session.link === link.id) session.link = 0
  forget(state, link)
}

function forget(state: State, link: Link): void {
  if (link.clientGone && link.serverGone && link.toServer.length === 0)
    state.links = state.links.filter((each) => each !== link)
}

function restart(state: State): void {
  state.restarts--
  state.server = []
  for (const link of [...state.links]) serverLeaves(state, link)
}
