import { randomBytes } from 'node:crypto'
import { type Sighting, Witness } from '../witness.ts'
import { type Deadline, sleep } from './deadline.ts'
import type { Engine, StreamSummary } from './engine.ts'
import type { EngineClock } from './engine-clock.ts'
import { EngineError, engineError } from './engine-error.ts'
import { type EpochRecord, readRecord, writeRecord } from './epoch-record.ts'
import type { Settings } from './options.ts'
import type { Names } from './streams.ts'

/** One unbroken history of the stream. */
export interface Epoch {
  /** What positions carry. */
  readonly name: string
  /** The same in four bytes, for every message. */
  readonly tag: number
}

export interface IdentityOptions {
  readonly engine: Engine
  readonly names: Names
  readonly settings: Settings
  readonly clock: EngineClock
  /** Makes the streams where they are missing. */
  readonly provide: () => Promise<unknown>
}

export interface IdentityObserver {
  /** It is known which history the engine holds; after every time that this was in doubt. */
  ready(): void
}

type Phase = 'away' | 'asking' | 'ready' | 'closed'

// Theory of operation
//
// An epoch is named by when the stream was made, and by a random word that a record in the stream itself holds. A stream
// that was deleted, or kept in memory that is gone, takes both with it. One that was rolled back (an older copy of its
// files, a disk that had not been written) brings its record along, so the nodes are witnesses: each remembers the newest
// messages that it knows were stored, looks for them whenever the engine was out of sight, and writes a new word when one
// is missing or is another. The record also says in which run of the engine somebody vouched for it. A node that has seen
// nothing itself trusts a run that was vouched for; for another run it waits a little for a witness, and if none comes it
// writes a new word: a gap that was not needed is allowed, a hole that nobody is told of is not.
//
//   away ──connected──▶ asking ──the record is read, checked, written──▶ ready
//     ▲                  │  ▲                                             │
//     └──disconnected────┴──┼──────────doubt: stream or record differ─────┘
//
// Nothing is appended or read but in `ready`.

/** Knows which history the engine holds. */
export class Identity {
  readonly #witness = new Witness()
  readonly #engine: Engine
  readonly #names: Names
  readonly #clock: EngineClock
  readonly #settings: Settings
  readonly #provide: () => Promise<unknown>
  readonly #observers: IdentityObserver[] = []
  readonly #waiting = new Set<() => void>()
  #phase: Phase = 'away'
  #epoch: Epoch | undefined
  #created = ''
  #word = ''
  #lost = false
  #round = 0
  #inspecting = false
  #inspectAgain = false
  #away = false

  constructor({ engine, names, settings, clock, provide }: IdentityOptions) {
    this.#engine = engine
    this.#clock = clock
    this.#names = names
    this.#settings = settings
    this.#provide = provide
    engine.observe({ connected: () => this.doubt(), disconnected: () => this.#lose() })
    // What another node writes there is known at once, and not only at the next look.
    engine.subscribe(names.live(names.epoch), () => void this.inspect())
  }

  /** The epoch while it is certain. */
  get current(): Epoch | undefined {
    return this.#phase === 'ready' ? this.#epoch : undefined
  }

  get closed(): boolean {
    return this.#phase === 'closed'
  }

  observe(observer: IdentityObserver): void {
    this.#observers.push(observer)
  }

  /** Waits until the epoch is certain. Throws an {@link EngineError} when the deadline comes first. */
  async ready(deadline: Deadline): Promise<Epoch> {
    for (;;) {
      if (this.current !== undefined) return this.current
      if (this.#phase === 'closed') throw new EngineError('unanswered', 'the log was closed')
      deadline.check(new EngineError('unanswered', this.#engine.connected ? 'it is not ready' : 'it cannot be reached'))
      await this.#change(deadline.leftMs)
    }
  }

  /** Remembers a message of the current epoch that is known to be stored. */
  note(seq: number, id: string): void {
    if (this.#phase === 'ready') this.#witness.note(seq, id)
  }

  /** Looks again which history the engine holds; until that is known nothing else happens. */
  doubt(): void {
    if (this.#phase === 'closed' || !this.#engine.connected) return
    this.#move('asking')
    void this.#ask(++this.#round)
  }

  /** Something that was stored is not there any more, or is something else: this history is over. */
  lost(): void {
    if (this.#lost) return
    this.#lost = true
    this.doubt()
  }

  /** Looks from time to time whether the stream is still the one it was: one may be deleted without a restart. */
  async inspect(): Promise<void> {
    if (this.#phase !== 'ready' || this.#inspecting) {
      this.#inspectAgain = true
      return
    }
    this.#inspecting = true
    this.#inspectAgain = false
    const round = this.#round
    const { newest } = this.#witness
    try {
      const summary = await this.#engine.summary(this.#names.log)
      // Of a stream that is gone nobody would answer what follows.
      const record = summary && (await readRecord(this.#engine, this.#names))
      if (round !== this.#round || this.#phase !== 'ready') return
      if (summary === undefined || record === undefined || !this.#same(summary, record, newest)) return this.doubt()
      this.#witness.noteLast(summary.lastSeq)
      // The record must not go with the oldest; who of the nodes writes it again does not matter.
      if (this.#isOld(record, summary)) await writeRecord(this.#engine, this.#names, record, record.seq)
    } catch {
      // It is away, or busy: whoever needs it will notice.
    } finally {
      this.#inspecting = false
      if (this.#inspectAgain) void this.inspect()
    }
  }

  close(): void {
    this.#move('closed')
  }

  #same(summary: StreamSummary, record: EpochRecord, newest: number): boolean {
    return summary.created === this.#created && record.word === this.#word && summary.lastSeq >= newest
  }

  #isOld({ seq, timeMs }: EpochRecord, { firstSeq, lastSeq, bytes }: StreamSummary): boolean {
    const { ageMs, totalBytes } = this.#settings
    const isOfOlderHalf = seq - firstSeq < (lastSeq - firstSeq) / 2
    return this.#clock.now - timeMs > ageMs / 2 || (isOfOlderHalf && bytes > totalBytes / 2)
  }

  async #ask(round: number): Promise<void> {
    while (round === this.#round && this.#phase === 'asking') {
      try {
        const known = await this.#find(round)
        if (known === undefined || round !== this.#round || this.#phase !== 'asking') return
        this.#adopt(known.created, known.word)
        this.#move('ready')
        if (this.#away) this.#settings.report({ what: 'engine-back', message: 'NATS is connected again' })
        this.#away = false
        for (const observer of this.#observers) observer.ready()
        if (this.#inspectAgain) void this.inspect()
        return
      } catch (error) {
        if (engineError(error).reason === 'missing') await this.#provide().catch(() => {})
        await sleep(againMs)
      }
    }
  }

  async #find(round: number): Promise<{ created: string; word: string } | undefined> {
    const { run } = this.#engine
    for (let waitedMs = 0; round === this.#round; waitedMs += againMs) {
      const { newest, sightings } = this.#witness
      const summary = await this.#engine.summary(this.#names.log)
      if (summary === undefined) {
        await this.#provide()
        continue
      }
      const record = await readRecord(this.#engine, this.#names)
      const { created } = summary
      // A record that is gone, or no record any more, says nothing against a history that this node can vouch for.
      const said = record?.word || (created === this.#created ? this.#word : '')
      const known = said !== '' && said === this.#word && created === this.#created
      if (known && (summary.lastSeq < newest || (await this.#areGone(sightings)))) this.#lost = true
      const holds = said !== '' && !(known && this.#lost)
      if (holds && record?.word === said && record.run === run) return { created, word: said }
      const vouched = holds && ((known && newest > 0) || this.#settings.trustRestarts)
      // Somebody may know better: whoever saw what is stored, or the record that is missing in a stream that is not new.
      if (!vouched && !this.#lost && summary.lastSeq > 0 && waitedMs < patienceMs) {
        await sleep(againMs)
        continue
      }
      const word = vouched ? said : randomBytes(9).toString('base64url')
      const written = await writeRecord(this.#engine, this.#names, { word, run: run ?? '' }, record?.seq ?? 0)
      if (written) return { created, word }
    }
    return undefined
  }

  /** Whether what this node knows to have been stored is not there, or is something else. */
  async #areGone(sightings: readonly Sighting[]): Promise<boolean> {
    const found = await Promise.all(sightings.map(({ seq }) => this.#engine.leader(this.#names.log, { seq })))
    if (found.some((message, place) => message !== undefined && message.id !== sightings[place]!.id)) return true
    // Some may have been trimmed since. When all were, nobody can tell any more.
    return sightings.length > 0 && found.every((message) => message === undefined)
  }

  #adopt(created: string, word: string): void {
    this.#lost = false
    if (created === this.#created && word === this.#word) return
    if (this.#epoch !== undefined) {
      const message = 'NATS does not hold what it held, or that cannot be known: all listeners are told of a gap'
      this.#settings.report({ what: 'history-lost', message })
    }
    this.#created = created
    this.#word = word
    this.#witness.clear()
    const made = Number.isNaN(Date.parse(created)) ? created : Date.parse(created).toString(36)
    this.#epoch = { name: `${made}.${word}`, tag: Buffer.from(word, 'base64url').readUInt32BE(0) }
  }

  #lose(): void {
    if (this.#phase === 'closed') return
    this.#move('away')
    if (!this.#away) this.#settings.report({ what: 'engine-lost', message: 'no connection to NATS' })
    this.#away = true
  }

  #move(phase: Phase): void {
    if (this.#phase === 'closed') return
    this.#phase = phase
    for (const wake of [...this.#waiting]) wake()
  }

  #change(limitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer)
        this.#waiting.delete(wake)
        resolve()
      }
      const timer = setTimeout(wake, Math.max(1, limitMs))
      this.#waiting.add(wake)
    })
  }
}

const againMs = 200
/** How long a node that has seen nothing waits for one that has. */
const patienceMs = 2_000
