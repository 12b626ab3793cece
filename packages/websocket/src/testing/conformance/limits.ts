/** Family 9: sizes up to 16 MiB, in fragments and chunks of many sizes, and long rows of messages. */
import { binary, type Case, echoes, fragments, noise, type Sent, stars, text } from './script.ts'

const KIB = 1024
const MIB = 1024 * KIB

const both = (id: string, about: string, of: (kind: 1 | 2) => Case): Case[] =>
  ([1, 2] as const).map((kind) => {
    const given = of(kind)
    return { ...given, id: kind === 1 ? id : `${id}b`, about: `${kind === 1 ? 'text' : 'binary'} ${about}` }
  })

const payloadOf = (kind: 1 | 2, bytes: number) => (kind === 1 ? stars(bytes) : noise(bytes))
const message = (kind: 1 | 2, payload: Uint8Array, more?: Partial<Sent>) =>
  kind === 1 ? text(payload, more) : binary(payload, more)

/** @param long all of the catalogue; otherwise fewer messages and fewer of the largest */
export function limitCases(long: boolean): readonly Case[] {
  const sizes = [64 * KIB, 256 * KIB, MIB, ...(long ? [4 * MIB, 8 * MIB] : []), 16 * MIB]
  const fragmentSizes = [64, 256, KIB, 4 * KIB, 16 * KIB, 64 * KIB, 256 * KIB, MIB, 4 * MIB]
  const chops = [64, 128, 256, 512, 1024, 2048]
  const count = long ? 1000 : 20
  const fragmented = long ? 4 * MIB : MIB
  return [
    ...sizes.flatMap((size, i) =>
      both(`9.1.${i + 1}`, `of ${size} bytes`, (kind) => echoes('', '', [message(kind, payloadOf(kind, size))])),
    ),
    ...fragmentSizes.flatMap((size, i) =>
      both(`9.3.${i + 1}`, `of ${fragmented} bytes in fragments of ${size}`, (kind) => {
        const payload = payloadOf(kind, fragmented)
        return echoes('', '', fragments(kind, payload, size), message(kind, payload))
      }),
    ),
    ...chops.flatMap((size, i) =>
      both(`9.5.${i + 1}`, `of 1 MiB in chunks of ${size}`, (kind) =>
        echoes('', '', [message(kind, payloadOf(kind, MIB), { chop: size })]),
      ),
    ),
    ...[0, 16, 64, 256, KIB, 4 * KIB, 16 * KIB, 64 * KIB].flatMap((size, i) =>
      both(`9.7.${i + 1}`, `of ${size} bytes, ${count} times`, (kind) => {
        const sent = message(kind, payloadOf(kind, size))
        return echoes(
          '',
          '',
          Array.from({ length: count }, () => sent),
        )
      }),
    ),
  ]
}
