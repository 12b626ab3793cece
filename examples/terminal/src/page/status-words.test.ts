import { describe, expect, it } from 'vitest'
import { statusWords } from './status-words.ts'

describe('the words for a connection', () => {
  it('say nothing more than that it stands, when it does', () => {
    expect(statusWords({ phase: 'connected' }, 0)).toEqual({ short: 'Connected', notice: undefined })
    expect(statusWords({ phase: 'connecting', attempt: 1 }, 0)).toEqual({ short: 'Connecting', notice: undefined })
  })

  it('say what becomes of what is typed, and when it is tried again', () => {
    const { short, notice } = statusWords({ phase: 'reconnecting', attempt: 2, because: 'it broke' }, 1_234)
    expect(short).toBe('Reconnecting')
    expect(notice).toMatch(/type now waits.* Next try in 1\.2 s\.$/)
    expect(statusWords({ phase: 'offline', because: 'no network' }, 0).notice).toMatch(/no network/)
  })

  it('say why it was first refused, and why it is over', () => {
    expect(statusWords({ phase: 'connecting', attempt: 2, because: 'nobody answers' }, 0).notice).toBe(
      'nobody answers. Trying now.',
    )
    expect(statusWords({ phase: 'closed', because: 'unauthenticated' }, 0).notice).toMatch(/^unauthenticated\./)
  })
})
