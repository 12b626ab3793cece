import { batchAttacks } from './catalogue/batches.ts'
import { floodAttacks } from './catalogue/floods.ts'
import { frameAttacks } from './catalogue/frames.ts'
import { handshakeAttacks } from './catalogue/handshake.ts'
import { messageAttacks } from './catalogue/messages.ts'
import { streamAttacks } from './catalogue/streams.ts'
import { valueAttacks } from './catalogue/values.ts'
import type { Attack } from './finding.ts'

/** Every attack, in the order in which a connection could meet them. */
export const catalogue: readonly Attack[] = [
  ...handshakeAttacks,
  ...frameAttacks,
  ...valueAttacks,
  ...messageAttacks,
  ...streamAttacks,
  ...batchAttacks,
  ...floodAttacks,
]
