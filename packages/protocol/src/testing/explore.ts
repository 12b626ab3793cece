import { type Design, firstState, type Link, type State } from './session-design.ts'
import { steps } from './session-design-steps.ts'

export interface Exploration {
  /** Different states that were looked at. */
  readonly states: number
  /** Steps between them. */
  readonly steps: number
  /** The longest shortest way to any of them. */
  readonly depth: number
  /** What is wrong in the first bad state, and the shortest way there; undefined when there is none. */
  readonly found: { readonly wrong: string; readonly way: readonly string[] } | undefined
}

/**
 * Looks at every state that a design can reach, nearest first.
 *
 * @param wanted stops at this fault only, and goes no further from states that have another @default any
 */
export function explore(design: Design, wanted?: string): Exploration {
  const first = canonical(firstState(design))
  const from = new Map<string, { readonly parent: string; readonly name: string }>([[first, { parent: '', name: '' }]])
  let level = [first]
  let taken = 0
  let depth = 0
  for (; level.length > 0; depth++) {
    const nextLevel: string[] = []
    for (const key of level) {
      const state = JSON.parse(key) as State
      const possible = steps(state, design)
      // Nothing but faults can happen any more, and they need not: this is how it ends.
      const unsettled = state.calls.some((call) => call === 'new' || call === 'issued')
      const wrong = possible.every(({ fault }) => fault) && unsettled ? 'a call never settles' : state.wrong
      if (wrong !== '' && wanted !== undefined && wrong !== wanted) continue
      if (wrong !== '') return { states: from.size, steps: taken, depth, found: { wrong, way: wayTo(from, key) } }
      for (const { name, run } of possible) {
        const next = JSON.parse(key) as State
        run(next)
        taken++
        const nextKey = canonical(next)
        if (from.has(nextKey)) continue
        from.set(nextKey, { parent: key, name })
        nextLevel.push(nextKey)
      }
    }
    level = nextLevel
  }
  return { states: from.size, steps: taken, depth: depth - 1, found: undefined }
}

function wayTo(from: ReadonlyMap<string, { readonly parent: string; readonly name: string }>, key: string): string[] {
  const way: string[] = []
  for (let at = from.get(key); at !== undefined && at.name !== ''; at = from.get(at.parent)) way.unshift(at.name)
  return way
}

/** Ids say only who is who, and arrivals only who was first: states that differ in nothing else are one. */
function canonical(state: State): string {
  rankArrivals(state)
  const names = new Map<number, number>([[0, 0]])
  const rename = (id: number): number => {
    const known = names.get(id)
    if (known !== undefined) return known
    names.set(id, names.size)
    return names.size - 1
  }
  const { client } = state
  for (const link of state.links) {
    link.id = rename(link.id)
    link.s = rename(link.s)
    for (const wire of [link.toServer, link.toClient]) {
      for (const [index, packet] of wire.entries()) {
        if (packet.k === 'hello' || packet.k === 'welcome')
          wire[index] = { ...packet, s: rename(packet.s), token: rename(packet.token) }
      }
    }
    if (link.opening !== null) {
      const { found, hello } = link.opening
      link.opening = { found, hello: { ...hello, s: rename(hello.s), token: rename(hello.token) } }
    }
  }
  for (const name of ['s', 'token', 'up', 'trying'] as const) client[name] = rename(client[name])
  for (const session of state.server) {
    for (const name of ['id', 'token', 'previous', 'link'] as const) session[name] = rename(session[name])
  }
  state.lastId = names.size
  return JSON.stringify(state)
}

// Only the order of the hellos that ask for one session matters, and only while one of them waits for permission.
function rankArrivals(state: State): void {
  if (state.arrivals === 0) return
  for (const session of state.server) {
    const links = state.links.filter(({ opening }) => opening?.found === true && opening.hello.s === session.id)
    const attempts = links.map(({ opening }) => opening?.hello.attempt ?? 0)
    const ranks = [...new Set([...attempts, session.attempt])].sort((a, b) => a - b)
    session.attempt = ranks.indexOf(session.attempt)
    for (const link of links) if (link.opening !== null) link.opening = ranked(link.opening, ranks)
  }
  for (const link of state.links) if (link.opening?.found === false) link.opening = ranked(link.opening, [])
  // Whatever comes next is later than all of these.
  state.arrivals = state.links.length + 1
}

function ranked({ found, hello }: NonNullable<Link['opening']>, ranks: readonly number[]): Link['opening'] {
  return { found, hello: { ...hello, attempt: ranks.indexOf(hello.attempt) } }
}
