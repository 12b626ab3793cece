import type { Connections, ServerOptions } from '@wirepact/server'
import { type Asked, firstToDecline } from './consent.ts'
import { type Machine, MINIMUM_INTERVAL_MS, type machine } from './contract.ts'
import type { Doors } from './doors.ts'
import type { Member, Roster } from './roster.ts'
import type { Sampler } from './sampler.ts'

/** What `authenticate` makes of a viewer. */
export type Context = { readonly member: Member }

type Contract = typeof machine
type Handlers = ServerOptions<Contract, Context>['handlers']
type Viewers = Connections<Contract, Context>

export type Parts = {
  facts: Omit<Machine, 'sensors'>
  sampler: Sampler
  roster: Roster
  doors: Doors
  /** How long somebody who is asked may think, in milliseconds. */
  patienceMs: number
  /** The connections there are; a function, because handlers exist before the server does. */
  viewers(): Viewers
}

/** A message may hold 16,384 items, keys included (the library's limit). History stays well below, however many cores there are. */
const ITEMS_PER_PAGE = 12_000

/** What the machine does when a viewer calls. */
export function handlersOf(parts: Parts): Handlers {
  const { facts, sampler, roster, doors } = parts
  const known = sampler.sensors.map(({ name }) => name)
  return {
    machine: {
      describe: () => ({
        ...facts,
        sensors: sampler.sensors.map((sensor) => ({ ...sensor, newest: sampler.history(sensor.name)?.newest ?? 0 })),
      }),
    },
    sensors: {
      latest: ({ input, errors }) => sampler.history(input.sensor)?.latest() ?? errors.NO_SUCH_SENSOR({ known }),
      history: ({ input: { sensor, before = Number.POSITIVE_INFINITY, limit }, errors }) => {
        const history = sampler.history(sensor)
        const values = history?.latest()?.values.length ?? 0
        const most = Math.max(1, Math.floor(ITEMS_PER_PAGE / (values + 7)))
        return history?.page(before, Math.min(limit, most)) ?? errors.NO_SUCH_SENSOR({ known })
      },
    },
    sampling: { setInterval: changeOfPace(parts) },
    viewer: {
      rename: ({ input: { name }, context, errors }) =>
        roster.rename(context.member, name) ? { name } : errors.TAKEN({ name }),
      cut: ({ input: { forMs }, context, connection }) => {
        doors.shut(context.member.key, forMs)
        connection.terminate()
      },
    },
  }
}

/** Changes the pace for everybody, once everybody whom it concerns was asked. One change is decided at a time. */
function changeOfPace({ sampler, patienceMs, viewers }: Parts): Handlers['sampling']['setInterval'] {
  let deciding: string | undefined
  return async ({ input: { intervalMs }, context: { member }, connection, signal, errors }) => {
    if (intervalMs < MINIMUM_INTERVAL_MS) {
      return errors.TOO_FAST({ askedMs: intervalMs, minimumMs: MINIMUM_INTERVAL_MS })
    }
    if (deciding !== undefined) return errors.BUSY({ by: deciding })
    deciding = member.name
    try {
      const fromMs = sampler.intervalMs
      const asker = asked(connection, patienceMs)
      const others = othersThan(member, viewers()).map((other) => asked(other, patienceMs))
      const change = { asker, others, fromMs, toMs: intervalMs, costMs: sampler.costMs, patienceMs }
      const by = fromMs === intervalMs ? undefined : await firstToDecline(change)
      if (by !== undefined) return errors.DECLINED({ by })
      // Whoever hung up while the others were being asked does not want it any more.
      if (signal.aborted) return { intervalMs: fromMs }
      sampler.intervalMs = intervalMs
      for (const viewer of viewers()) viewer.state.update({ intervalMs })
      return { intervalMs }
    } finally {
      deciding = undefined
    }
  }
}

type Viewer = Viewers extends Iterable<infer Connection> ? Connection : never

/** One connection of every other viewer: two windows of one person are asked once. */
function othersThan(member: Member, viewers: Viewers): Viewer[] {
  const others = new Map<string, Viewer>()
  for (const viewer of viewers) others.set(viewer.context.member.key, viewer)
  others.delete(member.key)
  return [...others.values()]
}

function asked({ api, context }: Viewer, patienceMs: number): Asked {
  return { name: context.member.name, confirm: (question) => api.confirm(question, { timeoutMs: patienceMs }) }
}
