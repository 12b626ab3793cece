// One of the two processes of a round: the subject, or the neutral peer.

import { lineToBench } from '../harness/control-line.ts'
import { cpuMicroseconds } from '../harness/cpu.ts'
import { type EchoCase, payloadOf } from './echo-case.ts'
import { NeutralClient, neutralServer } from './neutral-peer.ts'
import { type EchoClient, type EchoSubject, type Found, type SubjectName, subjectNamed } from './subjects.ts'

/** What a process is asked to be; without a name it is the neutral peer. */
export interface Part {
  readonly given: EchoCase
  readonly name: SubjectName | undefined
  readonly found: Found
}

export interface OpenOrder extends Part {
  readonly port: number
  readonly warmUpMs: number
}

export interface Driven {
  readonly echoes: number
  readonly seconds: number
}

let client: EchoClient | undefined
let serving: EchoSubject | undefined

lineToBench({
  serve(argument) {
    const { given, name, found } = argument as Part
    if (name === undefined) return neutralServer(given)
    serving = subjectNamed(name, found)
    return serving.serve(given)
  },
  async open(argument): Promise<void> {
    const { given, name, found, port, warmUpMs } = argument as OpenOrder
    client =
      name === undefined
        ? await NeutralClient.open(port, given)
        : await subjectNamed(name, found).dial(port, given, payloadOf(given))
    await client.run(warmUpMs)
  },
  async measure(milliseconds): Promise<Driven> {
    const started = performance.now()
    const echoes = await client!.run(milliseconds as number)
    return { echoes, seconds: (performance.now() - started) / 1000 }
  },
  cpu: () => serving?.cpu?.() ?? cpuMicroseconds(),
})
