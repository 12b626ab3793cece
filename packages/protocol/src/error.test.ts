import { describe, expect, it } from 'vitest'
import { WirepactError } from './error.ts'

describe('a WirepactError', () => {
  it('says what happened in its code, message and data', () => {
    const error = new WirepactError('NO_SUCH_SENSOR', 'there is no sensor gpu', {
      data: { known: ['cpu'] },
      declared: true,
    })
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({
      name: 'WirepactError',
      code: 'NO_SUCH_SENSOR',
      message: 'there is no sensor gpu',
      data: { known: ['cpu'] },
      declared: true,
      mayHaveRun: undefined,
    })
  })

  it('has its code for a message when it is given none', () => {
    expect(new WirepactError('unavailable').message).toBe('unavailable')
  })

  it('finds the issues of invalid input in its data', () => {
    const issues = [{ message: 'expected string', path: ['sensor'] }]
    expect(new WirepactError('invalid-input', 'no', { data: { issues } }).issues).toEqual(issues)
    expect(new WirepactError('invalid-input', 'no', { data: { issues: 3 } }).issues).toBeUndefined()
    expect(new WirepactError('internal').issues).toBeUndefined()
  })

  it('does not take the data of a declared error for issues', () => {
    expect(new WirepactError('MINE', 'no', { data: { issues: [] }, declared: true }).issues).toBeUndefined()
  })
})

describe('WirepactError.from', () => {
  it('leaves a WirepactError as it is', () => {
    const error = new WirepactError('conflict')
    expect(WirepactError.from(error)).toBe(error)
  })

  it('knows an aborted and a timed-out signal', () => {
    expect(WirepactError.from(AbortSignal.abort().reason).code).toBe('cancelled')
    expect(WirepactError.from(new DOMException('late', 'TimeoutError')).code).toBe('deadline-exceeded')
  })

  it.each([new Error('password=1234'), 'password=1234', undefined, null, { code: 'x' }])(
    'keeps what was thrown as the cause, and says nothing of it: %s',
    (thrown) => {
      const error = WirepactError.from(thrown)
      expect(error.code).toBe('internal')
      expect(error.message).toBe('internal error')
      expect(error.cause).toBe(thrown)
    },
  )
})
