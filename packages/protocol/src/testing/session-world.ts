import { Kind, type WelcomeMessage } from '../message.ts'
import { SessionEnd, Wire } from './session-end.ts'
import { type Pair, SessionModel } from './session-model.ts'
import { type Connection, type Held, resumeOf, type Served, tokenBytes, tokenOf } from './session-parties.ts'

const window = { bytes: 2_000, messages: 12 }

/**
 * A client, a server that may restart, and the connections between them, old and new, of which any message may be
 * delivered next. What happens is chosen from outside, one step at a time; the model watches.
 */
export class SessionWorld {
  readonly model = new SessionModel()
  readonly counts = { resumed: 0, sessions: 0, messages: 0, lost: 0, refused: 0, overflows: 0 }
  readonly #below: (bound: number) => number
  readonly #pairs = new Map<number, { client?: SessionEnd; server: SessionEnd }>()
  #sessions = new Map<number, Served>()
  #connections: Connection[] = []
  #held: Held | undefined
  #attached: Connection | undefined
  #trying: Connection | undefined
  #waiting: number[] = []
  #tokens = 0

  /** @param below decides all chance: a whole number below its argument */
  constructor(below: (bound: number) => number) {
    this.#below = below
  }

  /** One random thing happens. */
  step(): void {
    const roll = this.#below(100)
    if (roll < 44) this.#deliverSome()
    else if (roll < 56) this.#call()
    else if (roll < 62) this.#held?.end.session.notify(1, this.#below(1_000))
    else if (roll < 68) this.#serverTalks()
    else if (roll < 78) this.#answerSome()
    else if (roll < 81) this.#cancelSome()
    else if (roll < 90) this.#clientDials()
    else if (roll < 95) this.#cut(this.#below(3))
    else if (roll < 99) this.#learn()
    else this.#restart()
    this.check()
  }

  /** The network heals: everything arrives, every handler answers. */
  heal(): void {
    for (let round = 0; round < 200; round++) {
      this.#learnAll()
      if (this.#attached === undefined && this.#trying === undefined) this.#clientDials()
      let moved = false
      for (const connection of [...this.#connections]) {
        while (this.#deliver(connection, true) || this.#deliver(connection, false)) moved = true
        if (this.#open(connection)) moved = true
      }
      for (const served of this.#sessions.values()) while (this.#answer(served)) moved = true
      this.check()
      if (!moved && this.#attached !== undefined && this.#waiting.length === 0) break
    }
    const pair = this.#held === undefined ? undefined : this.#pairs.get(this.#held.id)
    this.model.checkQuiet(pair?.client === undefined ? undefined : (pair as Pair))
  }

  check(): void {
    for (const pair of this.#pairs.values()) if (pair.client !== undefined) this.model.check(pair as Pair)
  }

  #deliverSome(): void {
    for (let count = this.#below(6); count >= 0; count--) {
      const connection = this.#connections[this.#below(this.#connections.length)]
      if (connection === undefined) return
      if (this.#below(4) === 0) this.#open(connection)
      this.#deliver(connection, this.#below(2) === 0)
    }
  }

  #deliver(connection: Connection, toServer: boolean): boolean {
    const bytes = (toServer ? connection.toServer : connection.toClient).waiting.shift()
    if (bytes === undefined) return false
    this.counts.messages++
    if (toServer) this.#serverTakes(connection, bytes)
    else this.#clientTakes(connection, bytes)
    return true
  }

  #serverTakes(connection: Connection, bytes: Uint8Array): void {
    if (connection.serverGone) return
    const { session } = connection
    if (session !== undefined) {
      // Late messages of a connection that a newer one has replaced.
      if (session.end.session.channel !== connection.toClient) return
      session.previous = undefined
      return session.end.take(bytes)
    }
    const hello = decoder.decoded(bytes)
    if (hello.kind !== Kind.hello) throw new Error('a client says hello first')
    const { resume } = hello
    const asked = resume === undefined ? undefined : this.#sessions.get(Number(resume.session))
    const presented = tokenOf(resume?.token)
    const right = asked !== undefined && (presented === asked.token || presented === asked.previous)
    const received = resume?.received ?? 0
    const found = right && asked.end.session.canResume(received) ? asked : undefined
    if (resume !== undefined && found === undefined) this.counts.refused++
    connection.opening = { found, presented, received }
  }

  /** Permission was granted: the session goes on, or a new one begins. */
  #open(connection: Connection): boolean {
    const { opening } = connection
    if (opening === undefined || connection.serverGone) return false
    connection.opening = undefined
    const { found, presented, received } = opening
    if (found === undefined) this.#begin(connection)
    else if (!found.end.session.canResume(received)) this.#serverLearns(connection)
    else {
      const old = found.connection
      found.previous = presented
      found.token = ++this.#tokens
      found.connection = connection
      connection.session = found
      this.#welcome(connection, found, { received: found.end.session.received })
      found.end.session.resume(connection.toClient, received)
      if (!old.serverGone) old.toClient.close(4409)
      this.counts.resumed++
    }
    return true
  }

  #begin(connection: Connection): void {
    const id = ++this.counts.sessions
    const end = new SessionEnd({ window })
    const served: Served = { id, end, connection, token: ++this.#tokens, previous: undefined, running: [] }
    end.onCall = (callId, label) => {
      this.model.ran(label as number)
      served.running.push({ id: callId, label: label as number })
    }
    end.onOverflow = () => this.#serverEnds(served)
    connection.session = served
    this.#sessions.set(id, served)
    this.#pairs.set(id, { server: end })
    end.session.attach(connection.toClient)
    this.#welcome(connection, served, undefined)
  }

  #welcome(connection: Connection, { id, token }: Served, resumed: WelcomeMessage['resumed']): void {
    const welcome: WelcomeMessage = {
      ...{ kind: Kind.welcome, session: String(id), heartbeatMs: 1, limits: {}, fingerprint: '' },
      token: tokenBytes(token),
      ...(resumed === undefined ? {} : { resumed }),
    }
    const bytes = decoder.encoded(welcome)
    connection.toClient.send({ bytes, start: 0, end: bytes.length })
  }

  #serverEnds(served: Served): void {
    this.counts.overflows++
    this.#sessions.delete(served.id)
    served.end.session.end()
    served.running.length = 0
    served.connection.toClient.close(4460)
  }

  #clientTakes(connection: Connection, bytes: Uint8Array): void {
    if (connection === this.#attached) return this.#held?.end.take(bytes)
    if (connection !== this.#trying) return
    const welcome = decoder.decoded(bytes)
    if (welcome.kind !== Kind.welcome) throw new Error('a server says welcome first')
    this.#trying = undefined
    this.#attached = connection
    const token = tokenOf(welcome.token)
    if (this.#held !== undefined && welcome.resumed !== undefined) {
      this.#held.token = token
      return this.#held.end.session.resume(connection.toServer, welcome.resumed.received)
    }
    this.#lose()
    const end = new SessionEnd({ window })
    const id = Number(welcome.session)
    this.#held = { id, end, token, inFlight: new Map() }
    end.onOverflow = () => this.#lose()
    const pair = this.#pairs.get(id) as { client?: SessionEnd; server: SessionEnd }
    pair.client = end
    end.onCall = (callId) => end.session.result(callId, callId)
    end.session.attach(connection.toServer)
    for (const label of this.#waiting.splice(0)) this.#send(label)
  }

  #lose(): void {
    const held = this.#held
    if (held === undefined) return
    this.counts.lost++
    this.#held = undefined
    for (const { call, mayHaveRun } of held.end.session.end()) {
      const label = (call as unknown as { readonly label: number }).label
      if (mayHaveRun && this.model.calls[label]?.idempotent !== true) this.model.settle(label, 'lost')
      else {
        this.model.again(label)
        this.#waiting.push(label)
      }
    }
    this.#pairs.delete(held.id)
    // A try under way has asked for the session that is no more: its welcome must not meet a new one.
    if (this.#attached !== undefined) this.#cut(0, this.#attached)
    if (this.#trying !== undefined) this.#clientLeaves(this.#trying)
  }

  #call(): void {
    const { label } = this.model.make(this.#below(4) === 0)
    if (this.#held === undefined) this.#waiting.push(label)
    else this.#send(label)
  }

  #send(label: number): void {
    const held = this.#held
    if (held === undefined) {
      this.#waiting.push(label)
      return
    }
    const { model } = this
    const call = {
      label,
      succeed: (output: unknown) => model.settle(label, output === label ? 'answered' : `wrong answer ${output}`),
      fail: () => model.settle(label, 'failed'),
      expire: () => model.settle(label, 'expired'),
    }
    const id = held.end.session.call(1, label, call, undefined, undefined)
    held.inFlight.set(id, label)
  }

  #cancelSome(): void {
    const held = this.#held
    if (held === undefined || held.inFlight.size === 0) return
    const [id, label] = [...held.inFlight][this.#below(held.inFlight.size)] as [number, number]
    held.inFlight.delete(id)
    if (held.end.session.cancel(id)) this.model.settle(label, 'cancelled')
  }

  #serverTalks(): void {
    const served = this.#anySession()
    if (served === undefined) return
    if (this.#below(2) === 0) return served.end.session.state(false, this.#below(1_000))
    // What becomes of it is the server's to know; the client's handler answers at once.
    served.end.make(2, this.#below(1_000))
  }

  #answerSome(): void {
    const served = this.#anySession()
    if (served !== undefined) this.#answer(served)
  }

  #answer(served: Served): boolean {
    const [done] = served.running.splice(this.#below(served.running.length || 1), 1)
    if (done === undefined) return false
    served.end.session.result(done.id, done.label)
    return true
  }

  #anySession(): Served | undefined {
    return [...this.#sessions.values()][this.#below(this.#sessions.size)]
  }

  /** A new connection; one that was being tried is given up, though its hello may be on its way. */
  #clientDials(): void {
    if (this.#attached !== undefined) return
    if (this.#trying !== undefined) this.#clientLeaves(this.#trying)
    const connection: Connection = {
      ...{ toServer: new Wire(), toClient: new Wire(), clientGone: false, serverGone: false },
      ...{ opening: undefined, session: undefined },
    }
    this.#connections.push(connection)
    this.#trying = connection
    const held = this.#held
    const bytes = decoder.encoded({
      ...{ kind: Kind.hello, fingerprint: '' },
      ...(held === undefined ? {} : { resume: resumeOf(held) }),
    })
    connection.toServer.send({ bytes, start: 0, end: bytes.length })
  }

  /** 0: both ends learn of it at once. 1: only the client, and what it sent still arrives. 2: only the server. */
  #cut(how: number, connection = this.#connections[this.#below(this.#connections.length)]): void {
    if (connection === undefined) return
    if (how !== 2) this.#clientLeaves(connection)
    if (how !== 1) this.#serverLearns(connection)
    if (how === 0) connection.toServer.waiting.length = 0
  }

  #clientLeaves(connection: Connection): void {
    connection.clientGone = true
    connection.toClient.waiting.length = 0
    connection.toServer.open = false
    if (connection === this.#trying) this.#trying = undefined
    if (connection !== this.#attached) return
    this.#attached = undefined
    this.#held?.end.session.detach()
  }

  #serverLearns(connection: Connection): void {
    connection.serverGone = true
    connection.toClient.open = false
    const { session } = connection
    if (session?.end.session.channel === connection.toClient) session.end.session.detach()
  }

  /** An end learns late of what the other did. */
  #learn(connection = this.#connections[this.#below(this.#connections.length)]): void {
    if (connection === undefined) return
    const { toClient, toServer } = connection
    const closedByServer = connection.serverGone || toClient.closedWith !== undefined
    const closedByClient = connection.clientGone || toServer.closedWith !== undefined
    if (closedByServer && toClient.waiting.length === 0) this.#clientLeaves(connection)
    if (closedByClient && toServer.waiting.length === 0) this.#serverLearns(connection)
    if (connection.clientGone && connection.serverGone)
      this.#connections = this.#connections.filter((each) => each !== connection)
  }

  #learnAll(): void {
    for (const connection of [...this.#connections]) this.#learn(connection)
  }

  /** Everything the server knew is gone; what it has sent may still arrive. */
  #restart(): void {
    for (const connection of this.#connections) this.#serverLearns(connection)
    for (const { end } of this.#sessions.values()) end.session.end()
    this.#sessions = new Map()
  }
}

/** Only to read and write messages with. */
const decoder = new SessionEnd()
