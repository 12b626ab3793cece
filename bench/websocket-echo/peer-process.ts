// One of the two processes of a round: the subject, or the neutral peer.

import { lineToBench } from '../harness/control-line.ts'
import { cpuMicroseconds } from '../harness/cpu.ts'
import { type EchoCase, payloadOf } from './echo-case.ts'
import { NeutralClient, neutralServer } from './neutral-peer.ts'
import { type Found, type SubjectName, subjectNamed } from './subjects.ts'

/** What a process is asked to be; without a name it is the neutral peer. */
export interface Part {
  readonly given: EchoCase
  readonly name: SubjectName | undefined
  readonly found: Found
}

export interface DriveOrder extends Part {
  readonly port: number
  readonly warmUpMs: number
  readonly measureMs: number
}

/** Echoes per second. */
export interface Driven {
  readonly rate: number
}

lineToBench({
  serve(argument) {
    const { given, name, found } = argument as Part
    return name === undefined ? neutralServer(given) : subjectNamed(name, found).serve(given)
  },
  async drive(argument): Promise<Driven> {
    const { given, name, found, port, warmUpMs, measureMs } = argument as DriveOrder
    const client =
      name === undefined
        ? await NeutralClient.open(port, given)
        : await subjectNamed(name, found).dial(port, given, payloadOf(given))
    await client.run(warmUpMs)
    const started = performance.now()
    const count = await client.run(measureMs)
    return { rate: (count * 1000) / (performance.now() - started) }
  },
  cpu: cpuMicroseconds,
})
