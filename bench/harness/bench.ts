import { drawInto } from '../charts/drawings.ts'
import { BenchRun } from './bench-run.ts'
import type { Plan } from './plan.ts'
import { profileAll } from './profile-files.ts'

/** Measures everything, says what it does on the way, prints the tables and writes the files. Answers whether all went well. */
export async function measureAll(plan: Plan, root: string): Promise<boolean> {
  const run = new BenchRun(plan)
  // Whatever ends the run: what was measured until then is there to read.
  const stopped = () => run.finish(false)
  process.once('exit', stopped)
  await run.play()
  process.off('exit', stopped)
  run.finish(true)
  if (plan.charts !== undefined) drawInto(plan.charts, run.report)
  if (plan.profile !== undefined) await profileAll(plan, plan.profile, run.sound, root)
  return run.sound.length === run.pairs
}
