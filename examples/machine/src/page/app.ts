// First, because the contract's schemas are made when it is imported.
import './jitless.ts'
import { connect } from '@wirepact/client'
import { type Machine, machine } from '../contract.ts'
import { bytes, clock as clockTime, count, duration } from '../format.ts'
import { Charts } from './chart/charts.ts'
import { createConnectionPanel } from './connection-panel.ts'
import { byId, say } from './dom.ts'
import { Feed } from './feed.ts'
import { readIdentity, rememberName } from './identity.ts'
import { createQuestions } from './questions.ts'
import { createSamplingPanel } from './sampling-panel.ts'
import { createServerClock } from './server-clock.ts'
import type { Situation } from './status-words.ts'
import { wireThemeButton } from './theme-button.ts'
import { countTraffic } from './traffic.ts'
import { ViewersPanel } from './viewers-panel.ts'
import { wireWindows } from './windows.ts'
import { createWirePanel } from './wire-panel.ts'

/** How long a cut keeps the door shut, in milliseconds: long enough to see readings go missing and come back. */
const CUT_MS = 4000

const announce = (words: string) => say(byId('announce', HTMLElement), words)
const announceNow = (words: string) => say(byId('announce-now', HTMLElement), words)
const clock = createServerClock()
const ledger = {
  pushed: 0,
  replayed: 0,
  fromHistory: 0,
  gaps: 0,
  reconnects: 0,
  heardAt: undefined as number | undefined,
}
const traffic = countTraffic()

const ask = createQuestions(announceNow)
const client = connect(machine, '/rpc', {
  credentials: readIdentity,
  handlers: { confirm: ({ input, signal }) => ask(input, signal) },
})
const { api, events, state, status } = client

const charts = new Charts({
  grid: byId('grid', HTMLElement),
  clock,
  onCursor(at, spoken) {
    say(byId('cursor-time', HTMLElement), at === undefined ? '' : `at ${clockTime(at.getTime())}`)
    if (spoken !== undefined) announce(spoken)
  },
})
const connection = createConnectionPanel({
  cut: () => api.viewer.cut({ forMs: CUT_MS }).catch(() => {}),
  announce,
  heardAt: () => ledger.heardAt,
})
const sampling = createSamplingPanel((intervalMs) => api.sampling.setInterval({ intervalMs }))
const viewers = new ViewersPanel((name) => api.viewer.rename({ name }))
const feed = new Feed({
  charts,
  clock,
  ledger,
  port: {
    describe: () => api.machine.describe(),
    history: (input) => api.sensors.history(input),
    subscribe: (sensor, { next, gap }) => {
      events.reading.subscribe({ sensor }, { next, gap: ({ reason }) => gap(reason) })
    },
  },
  described: showFacts,
  recovered: (recovery) => connection.recovered(recovery),
})
createWirePanel(() => ({
  ...ledger,
  ...traffic,
  missing: charts.tracks().reduce((sum, { missing }) => sum + missing, 0),
}))
wireThemeButton(byId('theme', HTMLButtonElement), byId('theme-words', HTMLElement), () => charts.recolour())
wireWindows(charts, () => feed.reachBack())

let situation: Situation = { phase: 'connecting', since: Date.now(), intervalMs: undefined }

function follow(): void {
  const current = status.value
  const { phase } = current
  const before = situation
  const now = Date.now()
  const retryInMs = 'retryInMs' in current ? current.retryInMs : undefined
  situation = {
    phase,
    attempt: 'attempt' in current ? current.attempt : undefined,
    because: 'because' in current ? current.because : undefined,
    retryAt: retryInMs === undefined ? undefined : now + retryInMs,
    since: phase === before.phase ? before.since : now,
    intervalMs: before.intervalMs,
  }
  connection.show(situation)
  if (phase === before.phase) return
  if (before.phase === 'connected') feed.lost()
  if (phase !== 'connected') return
  if (before.phase !== 'connecting') ledger.reconnects++
  // Lost again before it answered: the next connection asks again.
  feed.connected().catch(() => {})
}

function mirror(): void {
  if (state.value === undefined) return
  const { you, intervalMs, viewers: all } = state.value
  situation = { ...situation, intervalMs }
  connection.show(situation)
  viewers.show(all, you)
  sampling.show(intervalMs, all.filter(({ id, here }) => here && id !== you).length)
  const name = all.find(({ id }) => id === you)?.name
  if (name !== undefined) rememberName(name)
}

let uptimeTimer: ReturnType<typeof setInterval> | undefined

function showFacts({ hostname, system, processor, cores, memoryBytes, startedAt }: Machine): void {
  const memory = bytes(memoryBytes)
  document.title = `${hostname} · Machine`
  say(byId('hostname', HTMLElement), hostname)
  const facts = [system, processor, count(cores, 'core', 'cores'), `${memory.number}\u00a0${memory.unit}`]
  say(byId('facts', HTMLElement), facts.filter((fact) => fact !== '').join(' · '))
  const uptime = () => say(byId('uptime', HTMLElement), `Up for ${duration(clock.now() - startedAt.getTime())}.`)
  uptime()
  clearInterval(uptimeTimer)
  uptimeTimer = setInterval(uptime, 1000)
}

status.subscribe(follow)
state.subscribe(mirror)
follow()

addEventListener('scroll', () => document.querySelector('.top')?.classList.toggle('stuck', scrollY > 4), {
  passive: true,
})
