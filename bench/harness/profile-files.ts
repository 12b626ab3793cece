import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describeMachine } from './machine.ts'
import type { Pair, Plan } from './plan.ts'
import type { ProfileKind } from './profile.ts'
import { summariseProfile } from './profile-summary.ts'
import { playPlanned } from './round.ts'

const WHAT = {
  cpu: 'time by the CPU profiler, a sample every 200 µs (it counts time in the kernel while reading as idle)',
  allocations: 'bytes of objects allocated on the heap, what was collected among them, by a sample every 8 KiB',
} as const satisfies Record<ProfileKind, string>

/** Plays each pair twice more, profiled: what watches a program slows it down, and is kept out of the other rounds. */
export async function profileAll(plan: Plan, folder: string, pairs: readonly Pair[], root: string): Promise<void> {
  mkdirSync(folder, { recursive: true })
  for (const pair of pairs.filter(({ subject }) => subject.subject.serverRuntime !== 'bun')) {
    for (const kind of ['cpu', 'allocations'] as const) await profile(plan, folder, pair, kind, root)
  }
  console.log(`Profiles written to ${folder}`)
}

async function profile(plan: Plan, folder: string, pair: Pair, kind: ProfileKind, root: string): Promise<void> {
  const { workload, subject } = pair
  const { amount, profiles } = await playPlanned(plan, pair, { profile: kind })
  const { cpu, node, os, packages } = describeMachine(plan.cores, subject.subject.packages)
  const versions = Object.entries(packages).map(([name, version]) => `${name} ${version}`)
  for (const [side, raw] of Object.entries(profiles ?? {})) {
    const name = `${workload.name}-${subject.name}-${side}`
    const head = [
      `${workload.name} · ${workload.workload.about}`,
      `${subject.subject.about}: the ${side}'s process, ${WHAT[kind]}`,
      `${cpu}, Node.js ${node}, ${os}; ${versions.join(', ')}`,
    ]
    const { unit } = workload.workload
    writeFileSync(join(folder, `${name}.${kind === 'cpu' ? 'cpuprofile' : 'heapprofile'}`), raw.json)
    writeFileSync(join(folder, `${name}-${kind}.txt`), summariseProfile(raw, { head, amount, unit, root }))
  }
}
