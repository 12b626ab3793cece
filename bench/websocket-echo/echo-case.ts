/** One thing that is measured: who plays which part, and what goes to and fro. */
export interface EchoCase {
  readonly name: string
  /** The part of the subject; the other end is the neutral peer. */
  readonly role: 'server' | 'client'
  /** Payload of one message. */
  readonly bytes: number
  /** Messages that are under way at any time. */
  readonly inFlight: number
  /** With permessage-deflate; the message is then JSON as text, otherwise binary. */
  readonly compressed: boolean
}

const SIZES = [
  ['32 B', 32],
  ['1 KiB', 1024],
  ['64 KiB', 64 * 1024],
] as const

/** All that is measured, in the order of the table. */
export function allCases(): readonly EchoCase[] {
  const roles = ['server', 'client'] as const
  const flights = [1, 64] as const
  return roles.flatMap((role) => [
    ...SIZES.flatMap(([size, bytes]) =>
      flights.map((inFlight) => ({ name: `${role} ${size} ×${inFlight}`, role, bytes, inFlight, compressed: false })),
    ),
    ...flights.map((inFlight) => ({
      ...{ name: `${role} deflate 1 KiB ×${inFlight}`, role, inFlight },
      ...{ bytes: jsonPayload().length, compressed: true },
    })),
  ])
}

/** The message of a case. The same every time: nobody's figures shall depend on the making of messages. */
export function payloadOf({ bytes, compressed }: EchoCase): Buffer {
  if (compressed) return jsonPayload()
  return Buffer.from(Uint8Array.from({ length: bytes }, (_, i) => (i * 31 + (i >> 8)) & 0xff))
}

/** Ten readings of sensors, about 1 KiB, as an application would send them. */
function jsonPayload(): Buffer {
  const readings = Array.from({ length: 10 }, (_, i) => ({
    ...{ sensorId: `sensor-${i}`, ts: 1_700_000_000_000 + i * 1013, temperature: 20 + i * 0.37 },
    ...{ humidity: 40 + i * 1.13, status: i % 3 === 0 ? 'warning' : 'ok', online: i % 4 !== 0 },
  }))
  return Buffer.from(JSON.stringify(readings))
}
