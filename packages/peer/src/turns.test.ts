import { describe, expect, it } from 'vitest'
import { Turns } from './turns.ts'

/** Takes so many turns, each of which fills what room there is. */
function setup() {
  const log: string[] = []
  const state = { room: 1 }
  const turns: Turns<{ resume(): Promise<void> | undefined }> = new Turns(() => state.room > 0)
  const taker = (name: string, rounds: number, isSlow = false) => {
    let left = rounds
    const taker = {
      resume() {
        log.push(name)
        state.room--
        if (--left > 0) turns.add(taker)
        return isSlow ? Promise.resolve().then(() => void log.push(`${name} done`)) : undefined
      },
    }
    turns.add(taker)
    return taker
  }
  return { log, state, turns, taker }
}

describe('turns', () => {
  it('go round: whoever has more gets in line again, behind all others', () => {
    const { log, state, turns, taker } = setup()
    for (const name of ['a', 'b', 'c']) taker(name, 3)
    for (let drained = 0; drained < 9; drained++) {
      turns.go()
      state.room = 1
    }
    expect(log.join('')).toBe('abcabcabc')
  })

  it('are taken one at a time, also while one takes time', async () => {
    const { log, state, turns, taker } = setup()
    state.room = 10
    for (const name of ['a', 'b']) taker(name, 1, true)
    turns.go()
    turns.go()
    expect(log).toEqual(['a'])
    for (let turn = 0; turn < 10; turn++) await Promise.resolve()
    expect(log).toEqual(['a', 'a done', 'b', 'b done'])
  })

  it('are over for who gets in line again, however long it takes to be done with the last', async () => {
    const { log, state, turns, taker } = setup()
    state.room = 10
    let goOn: () => void = () => {}
    const patient = {
      resume() {
        log.push('patient')
        if (log.length > 1) return goOn() as undefined
        state.room = 0
        turns.add(patient)
        return new Promise<void>((resolve) => {
          goOn = resolve
        })
      },
    }
    turns.add(patient)
    taker('a', 1)
    turns.go()
    state.room = 10
    turns.go()
    expect(log).toEqual(['patient', 'a', 'patient'])
  })

  it('are kept by who asks again, and lost by who leaves', () => {
    const { log, state, turns, taker } = setup()
    const [a, b] = [taker('a', 1), taker('b', 1), taker('c', 1)]
    turns.add(a)
    turns.remove(b)
    state.room = 5
    turns.go()
    expect(log).toEqual(['a', 'c'])
  })
})
