import { contract, procedure } from '@wirepact/contract'
import { describe, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import type { Handlers, Middleware } from './handlers.ts'
import { stack, use } from './use.ts'

const machine = contract({
  server: {
    history: procedure({
      input: z.object({ sensor: z.string() }),
      yields: z.number(),
      output: z.string(),
      errors: { GONE: null },
    }),
    tail: procedure({ yields: z.string().transform((text) => text.length) }),
    ingest: procedure({ accepts: z.string().transform((text) => text.length), output: z.number() }),
    probe: procedure({ accepts: z.string(), yields: z.number() }),
    plain: procedure({ output: z.string() }),
  },
})

interface Context {
  readonly token: string
}

type All = Handlers<typeof machine.server, Context, unknown>
declare function handle(handlers: Partial<All>): void

describe('the handler of a procedure that yields', () => {
  it('is a generator, whose return value is the output', () => {
    handle({
      async *history({ input, errors }) {
        expectTypeOf(input).toEqualTypeOf<{ sensor: string }>()
        if (input.sensor === '') throw errors.GONE()
        yield 1
        return 'done'
      },
    })
    handle({
      *history() {
        yield 1
        return 'done'
      },
    })
    async function* endless() {
      yield 1
    }
    async function* wordy() {
      yield 'one'
      return 'done'
    }
    // @ts-expect-error it has to return its output
    handle({ history: endless })
    // @ts-expect-error it yields numbers
    handle({ history: wordy })
  })

  it('gives anything to iterate over where there is no output', () => {
    handle({ tail: () => ['a', 'b'] })
    handle({ tail: async () => new Set(['a']) })
    handle({ tail: () => new ReadableStream<string>() })
    // @ts-expect-error it yields what its schema takes, which is a string
    handle({ tail: () => [1] })
  })
})

describe('the handler of a procedure that accepts', () => {
  it('is given the items as they were parsed', () => {
    handle({
      async ingest({ items }) {
        expectTypeOf(items).toEqualTypeOf<AsyncIterable<number>>()
        return 1
      },
      async *probe({ items }) {
        for await (const item of items) yield item.length
      },
    })
    // @ts-expect-error nothing is accepted here
    handle({ plain: ({ items }) => String(items) })
  })
})

describe('middleware', () => {
  const signedIn: Middleware<Context, unknown, { user: string }> = ({ context }, next) => next({ user: context.token })
  const audited: Middleware<Context & { user: string }, unknown, { audit: number }> = ({ context }, next) =>
    next({ audit: context.user.length })

  it('adds to the context of the handlers inside', () => {
    const handlers: Partial<All> = {
      plain: use(signedIn, ({ context }) => {
        expectTypeOf(context).toEqualTypeOf<Context & { user: string }>()
        return context.user
      }),
    }
    handle(handlers)
    const both = stack(signedIn, audited)
    expectTypeOf(both).toEqualTypeOf<Middleware<Context, unknown, { user: string } & { audit: number }>>()
    // The compiler finds the procedures by the name `Handlers`, so not under an alias of it.
    const all: Handlers<typeof machine.server, Context, unknown> = use(both, {
      async *history({ context }) {
        expectTypeOf(context.audit).toEqualTypeOf<number>()
        yield context.user.length
        return ''
      },
      tail: () => [],
      ingest: () => 1,
      probe: () => [],
      plain: ({ context }) => context.user,
    })
    handle(all)
  })

  it('must pass on what it promises to add', () => {
    // @ts-expect-error next needs the user
    const forgetful: Middleware<Context, unknown, { user: string }> = (_, next) => next()
    return forgetful
  })
})
