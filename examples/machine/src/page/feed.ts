import type { Machine, Reading } from '../contract.ts'
import type { Charts } from './chart/charts.ts'
import { createOutageLog } from './outage-log.ts'
import type { ServerClock } from './server-clock.ts'
import type { Recovery } from './status-words.ts'
import type { Origin, Track } from './track.ts'
import type { Ledger } from './wire-panel.ts'

/** What the feed needs of the connection. */
export type FeedPort = {
  describe(): Promise<Machine>
  history(input: { sensor: string; before?: number; limit: number }): Promise<{ readings: Reading[]; more: boolean }>
  subscribe(sensor: string, listener: { next(reading: Reading): void; gap(reason: string): void }): void
}

export type FeedOptions = {
  port: FeedPort
  charts: Charts
  clock: ServerClock
  /** What has come, and when the last pushed reading did, in this page's milliseconds since 1970. */
  ledger: Pick<Ledger, 'pushed' | 'replayed' | 'fromHistory' | 'gaps'> & { heardAt: number | undefined }
  described(machine: Machine): void
  recovered(recovery: Recovery): void
}

export type Fetched = { fetched: number; calls: number }

/** As many readings as one call of history() asks for; the server may give fewer. */
const PAGE = 400

/**
 * Brings readings to the charts. Pushed readings come by themselves, also those of an outage: the feed does nothing to get
 * them back, it only counts. History is called for what was measured before this page came, and after a gap that the server
 * reported, never to cover up a hole.
 */
export class Feed {
  readonly #options: FeedOptions
  readonly #outages = createOutageLog()
  readonly #tracks = new Map<string, Track>()

  constructor(options: FeedOptions) {
    this.#options = options
  }

  /** A connection stands: the first one, or again. */
  async connected(): Promise<void> {
    const { port, charts, clock, described } = this.#options
    const machine = await port.describe()
    charts.show(machine.sensors)
    described(machine)
    for (const { name } of machine.sensors) {
      const track = charts.track(name)
      if (track === undefined || this.#tracks.has(name)) continue
      this.#tracks.set(name, track)
      this.#follow(name, track)
    }
    const open = charts.outages.at(-1)
    if (open && open.to === undefined) open.to = clock.now()
    this.#outages.back(new Map(machine.sensors.map(({ name, newest }) => [name, newest])), Date.now())
    this.#settle()
    charts.touch()
  }

  /** The connection that stood is gone. */
  lost(): void {
    const { charts, clock } = this.#options
    this.#outages.lost(this.#tracks, Date.now())
    const open = charts.outages.at(-1)
    const begins = open === undefined || open.to !== undefined
    if (this.#tracks.size > 0 && begins) charts.outages.push({ from: clock.now(), to: undefined })
    charts.touch()
  }

  /** Fetches what the charts' window reaches back to and this page does not hold. */
  async reachBack(): Promise<Fetched> {
    const since = this.#options.clock.now() - this.#options.charts.windowMs
    const wanting = [...this.#tracks].filter(([, { first }]) => first && first.seq > 1 && first.at.getTime() > since)
    const all = await Promise.all(wanting.map(([name, track]) => this.#fetch(name, track, track.first?.seq)))
    return {
      fetched: all.reduce((sum, { fetched }) => sum + fetched, 0),
      calls: all.reduce((sum, { calls }) => sum + calls, 0),
    }
  }

  #follow(sensor: string, track: Track): void {
    const { port, charts, clock, ledger } = this.#options
    /** The first reading pushed since the row began, here or behind a gap: what lies before it is for history to tell. */
    let begin: number | undefined
    let loaded = false

    // One may have been taken after history answered and before the subscription stood. Only there may history be asked again.
    const join = async () => {
      if (loaded && begin !== undefined && track.missing > 0) await this.#fetch(sensor, track, begin)
    }
    const load = async () => {
      loaded = false
      await this.#fetch(sensor, track)
      loaded = true
      await join()
    }

    port.subscribe(sensor, {
      next: (reading) => {
        ledger.pushed++
        ledger.heardAt = Date.now()
        this.#take(track, reading, 'pushed')
        if (begin === undefined) {
          begin = reading.seq
          join().catch(leaveAsItIs)
        }
        this.#settle()
        charts.touch()
      },
      gap: (reason) => {
        ledger.gaps++
        begin = undefined
        // Started anew, the machine counts from 1: nothing that is shown belongs to the same row any more.
        if (reason !== 'epoch') return
        track.clear()
        clock.reset()
        load().catch(leaveAsItIs)
      },
    })
    load().catch(leaveAsItIs)
  }

  /** Pages backwards, from `before` or the newest, until the charts' window is filled or there is nothing new. */
  async #fetch(sensor: string, track: Track, before?: number): Promise<Fetched> {
    const { port, charts, clock, ledger } = this.#options
    let [fetched, calls, next] = [0, 0, before]
    for (;;) {
      const from = next === undefined ? {} : { before: next }
      const { readings, more } = await port.history({ sensor, limit: PAGE, ...from })
      const added = readings.filter((reading) => this.#take(track, reading, 'history')).length
      calls++
      fetched += added
      ledger.fromHistory += added
      charts.touch()
      const oldest = readings[0]
      if (!oldest || !more || added === 0 || oldest.at.getTime() < clock.now() - charts.windowMs) break
      next = oldest.seq
    }
    return { fetched, calls }
  }

  #take(track: Track, reading: Reading, origin: Origin): boolean {
    this.#options.clock.note(reading.at.getTime())
    return track.add(reading, origin)
  }

  #settle(): void {
    const recovery = this.#outages.settle(this.#tracks, Date.now())
    if (recovery === undefined) return
    this.#options.ledger.replayed += recovery.replayed
    this.#options.recovered(recovery)
  }
}

/** A call for history that failed leaves the chart as it is: what is missing is counted and shown, and choosing a window asks again. */
function leaveAsItIs(): void {}
