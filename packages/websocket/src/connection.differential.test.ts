/**
 * The same bytes to our receiver and to that of `ws`: the same messages and the same verdict, or a listed difference.
 * `npm run soak -- connection.differential` plays a million streams; WIREPACT_SEED gives others.
 */
import { expect, test } from 'vitest'
import { byteStream } from './testing/byte-streams.ts'
import { Chance } from './testing/chance.ts'
import { ourVerdict, type Verdict, wsVerdict } from './testing/verdicts.ts'
import { toHex } from './testing/wire.ts'

const seed = Number(process.env.WIREPACT_SEED ?? 1)
const streams = process.env.WIREPACT_SOAK === '1' ? 1_000_000 : 20_000

/** Where we are stricter, or see a fault sooner, by the reason we give. Each says what the other may do instead. */
const DIFFERENCES: Readonly<Record<string, (theirs: Verdict, ours: Verdict) => boolean>> = {
  // RFC 6455 section 5.2 "the minimal number of bytes MUST be used": theirs takes any form, and goes on.
  'payload length is not written in its shortest form': () => true,
  // Section 5.2 "the most significant bit MUST be 0" is a fault of the protocol (1002); theirs takes the length for one
  // that is too large (1009).
  'the highest bit of a 64-bit length must be 0': ({ code }) => code === 1009,
  // We fail at the first byte that cannot be text, theirs when the message is complete; so it may still wait for the
  // rest, or have met a later fault first, or still have handed on a control frame from between the fragments.
  'text is not valid UTF-8': ({ code, log }, ours) => code !== 1007 || log.length > ours.log.length,
}

/** What is wrong with this pair of verdicts; undefined when they agree or differ as listed. */
function disagreement(ours: Verdict, theirs: Verdict): string | undefined {
  const same = ours.code === theirs.code && ours.log.join('\n') === theirs.log.join('\n')
  if (same) return undefined
  const listed = DIFFERENCES[ours.reason]
  // Even then both agree on everything before the fault.
  const agreed = ours.log.every((line, i) => line === theirs.log[i])
  return listed !== undefined && agreed && listed(theirs, ours) ? ours.reason : JSON.stringify({ ours, theirs })
}

test(`${streams.toLocaleString('en')} byte streams get the verdict of ws, but for the listed differences (seed ${seed})`, {
  timeout: 20 * 60_000,
}, () => {
  const chance = new Chance(seed)
  const seen = new Map<string, number>()
  let messages = 0
  let violations = 0
  for (let n = 0; n < streams; n++) {
    const isServer = n % 2 === 0
    const wire = byteStream(chance, isServer)
    const step = chance.pick([1, 2, 3, 7, 64, 70_000])
    const ours = ourVerdict(isServer, wire, () => (step > 2 ? 1 + chance.below(step) : step))
    const theirs = wsVerdict(isServer, wire)
    messages += ours.log.length
    if (ours.code !== undefined) violations++
    const difference = disagreement(ours, theirs)
    if (difference === undefined) continue
    if (DIFFERENCES[difference] === undefined) {
      expect.fail(
        `seed ${seed}, stream ${n}, ${isServer ? 'server' : 'client'} ${toHex(wire.subarray(0, 4000))}: ${difference}`,
      )
    }
    seen.set(difference, (seen.get(difference) ?? 0) + 1)
  }
  console.log({ seed, streams, messages, violations, differences: Object.fromEntries(seen) })
  // The comparison means something only while there is much to compare, most of it in full.
  expect(messages).toBeGreaterThan(streams)
  expect(violations).toBeGreaterThan(streams / 4)
  expect(violations).toBeLessThan(streams * 0.9)
  expect([...seen.values()].reduce((sum, count) => sum + count, 0)).toBeLessThan(streams / 5)
  // A difference that no stream shows any more is no difference.
  expect([...seen.keys()].sort()).toEqual(Object.keys(DIFFERENCES).sort())
})
