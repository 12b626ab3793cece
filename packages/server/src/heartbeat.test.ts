import { describe, expect, it } from 'vitest'
import { Heartbeat, type Pulse } from './heartbeat.ts'
import { manualClock } from './testing/manual-clock.ts'

/** Writes down its pings, and answers those before `silentFrom`. */
class Patient implements Pulse {
  readonly pings: number[] = []
  lostAt: number | undefined
  silentFrom = Number.POSITIVE_INFINITY
  readonly #clock: { now(): number }
  readonly #heartbeat: Heartbeat

  constructor(clock: { now(): number }, heartbeat: Heartbeat) {
    this.#clock = clock
    this.#heartbeat = heartbeat
  }

  ping(): void {
    this.pings.push(this.#clock.now())
    if (this.#clock.now() < this.silentFrom) this.#heartbeat.answered(this)
  }

  lost(): void {
    this.lostAt = this.#clock.now()
  }
}

function setup() {
  const clock = manualClock()
  const heartbeat = new Heartbeat(clock, 25_000, 8_000)
  return { clock, heartbeat, patient: () => new Patient(clock, heartbeat) }
}

describe('a heartbeat', () => {
  it('asks every period, and leaves who answers in peace', () => {
    const { clock, heartbeat, patient } = setup()
    const one = patient()
    heartbeat.add(one)
    clock.moveTo(1_000_000)
    expect(one.lostAt).toBeUndefined()
    expect(one.pings.length).toBeGreaterThanOrEqual(38)
    expect(one.pings.length).toBeLessThanOrEqual(42)
  })

  it.each([0, 1, 999, 1_000, 12_345, 24_999, 25_001])(
    'finds within period and patience who falls silent %i ms after a sign of life',
    (after) => {
      const { clock, heartbeat, patient } = setup()
      heartbeat.add(patient())
      clock.moveTo(7_777)
      const one = patient()
      heartbeat.add(one)
      clock.moveTo(7_777 + 300_000)
      const alive = one.pings.at(-1) as number
      clock.moveTo(alive + after)
      one.silentFrom = clock.now()
      clock.moveTo(alive + after + 100_000)
      expect(one.lostAt).toBeGreaterThan(0)
      expect((one.lostAt as number) - one.silentFrom).toBeLessThanOrEqual(33_000)
      // Not before it had its time.
      expect((one.lostAt as number) - (one.pings.at(-1) as number)).toBeGreaterThanOrEqual(8_000)
    },
  )

  it('tells a lost one once, and asks it no more', () => {
    const { clock, heartbeat, patient } = setup()
    const [dead, alive] = [patient(), patient()]
    dead.silentFrom = 0
    heartbeat.add(dead)
    heartbeat.add(alive)
    clock.moveTo(200_000)
    const { lostAt } = dead
    expect([dead.pings.length, alive.lostAt, clock.pending]).toEqual([1, undefined, 1])
    clock.moveTo(400_000)
    expect([dead.pings.length, dead.lostAt]).toEqual([1, lostAt])
  })

  it('takes an answer late within its patience, and one to nothing for nothing', () => {
    const { clock, heartbeat, patient } = setup()
    const one = patient()
    one.silentFrom = 0
    heartbeat.add(one)
    heartbeat.answered(one)
    while (one.pings.length === 0) clock.moveTo(clock.now() + 500)
    clock.moveTo(clock.now() + 7_000)
    heartbeat.answered(one)
    clock.moveTo(clock.now() + 7_000)
    expect(one.lostAt).toBeUndefined()
  })

  it('has one timer for thousands, and none for nobody', () => {
    const { clock, heartbeat, patient } = setup()
    const all = Array.from({ length: 5_000 }, patient)
    for (const one of all) heartbeat.add(one)
    clock.moveTo(60_000)
    expect([clock.pending, all.every(({ pings }) => pings.length === 2)]).toEqual([1, true])
    for (const one of all) heartbeat.remove(one)
    expect(clock.pending).toBe(0)
    heartbeat.answered(all[0] as Patient)
    clock.moveTo(1_000_000)
    expect(all.every(({ pings }) => pings.length === 2)).toBe(true)
  })
})

describe('a process that was stopped', () => {
  it('loses none of 1,000 clients by that, asleep or blocked, whether they were asked before or not', () => {
    for (const stoppedAt of [10_000, 24_999, 25_001, 26_000, 32_000]) {
      const { clock, heartbeat, patient } = setup()
      const patients = Array.from({ length: 1_000 }, () => patient())
      for (const each of patients) {
        each.silentFrom = stoppedAt - 1_000
        heartbeat.add(each)
      }
      clock.moveTo(stoppedAt)
      clock.sleep(600_000)
      // What they answered waits to be read: the timer came first.
      for (const each of patients) {
        each.silentFrom = Number.POSITIVE_INFINITY
        if (each.pings.length > 0) heartbeat.answered(each)
      }
      clock.moveTo(stoppedAt + 700_000)
      expect(patients.filter(({ lostAt }) => lostAt !== undefined)).toEqual([])
    }
  })

  it('has them prove that they live within one more period of patience, and no second', () => {
    const { clock, heartbeat, patient } = setup()
    const dead = patient()
    dead.silentFrom = 0
    heartbeat.add(dead)
    clock.moveTo(26_000)
    clock.sleep(60_000)
    expect(dead.lostAt).toBeUndefined()
    clock.sleep(5_000)
    expect(dead.lostAt).toBeUndefined()
    clock.sleep(5_000)
    expect(dead.lostAt).toBe(96_000)
  })

  it('that is blocked now and then still finds who is dead', () => {
    const { clock, heartbeat, patient } = setup()
    const dead = patient()
    dead.silentFrom = 0
    heartbeat.add(dead)
    for (let at = 3_000; at <= 60_000; at += 3_000) clock.sleep(3_000)
    expect(dead.lostAt).toBeLessThanOrEqual(25_000 + 2 * 8_000 + 2 * 3_000)
  })
})
