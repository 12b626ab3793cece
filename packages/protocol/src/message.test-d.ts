import { describe, expectTypeOf, it } from 'vitest'
import { WirepactError } from './error.ts'
import { Kind, type Message } from './message.ts'
import type { CallErrorCode } from './status.ts'

declare const message: Message

describe('a message', () => {
  it('is told apart by its kind', () => {
    if (message.kind === Kind.gap) expectTypeOf(message.from).toEqualTypeOf<number>()
    // @ts-expect-error -- only some kinds have an offset
    message.offset
  })

  it('has every field that its kind needs', () => {
    const send = (_: Message): void => {}
    send({ kind: Kind.cancel, id: 1 })
    // @ts-expect-error -- a call needs the method's number
    send({ kind: Kind.call, id: 1 })
    // @ts-expect-error -- there is no kind 25
    send({ kind: 25 })
  })
})

describe('a WirepactError', () => {
  it('has a code of the closed set, or the one it was made with', () => {
    expectTypeOf<WirepactError['code']>().toEqualTypeOf<CallErrorCode>()
    const declared = new WirepactError('NO_SUCH_SENSOR', 'none', { data: { known: ['cpu'] }, declared: true })
    expectTypeOf(declared.code).toEqualTypeOf<'NO_SUCH_SENSOR'>()
    expectTypeOf(declared.data).toEqualTypeOf<{ known: string[] }>()
  })

  it('narrows in a union by its code', () => {
    const narrow = (error: WirepactError<'A', { a: number }> | WirepactError<'B', { b: number }>): number => {
      if (error.code === 'A') return error.data.a
      // @ts-expect-error -- this is the B
      error.data.a
      return error.data.b
    }
    expectTypeOf(narrow).returns.toBeNumber()
  })
})
