import { fileURLToPath } from 'node:url'
import { ArgumentError, HELP, parseArguments } from './arguments.ts'
import { measureAll } from './bench.ts'
import { entriesOf } from './catalogue.ts'
import { type ProvideBun, planOf } from './plan.ts'
import type { Subject } from './subject.ts'
import type { Workload } from './workload.ts'

// From where this is built to: bench/dist/harness.
const root = fileURLToPath(new URL('../../..', import.meta.url))

/** Runs the bench. Answers with the exit code: 0, 1 when something failed, 2 when it was asked for what is not there. */
export async function main(args: readonly string[], provideBun: ProvideBun): Promise<number> {
  try {
    const options = parseArguments(args)
    if (options.show === 'help') console.log(HELP)
    else if (options.show === 'list') await list()
    // npm changes to the workspace's root; paths are meant from where the person stands.
    else
      return (await measureAll(await planOf(options, process.env.INIT_CWD ?? process.cwd(), provideBun), root)) ? 0 : 1
    return 0
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error
    console.error(error.message)
    return 2
  }
}

async function list(): Promise<void> {
  for (const kind of ['workloads', 'subjects'] as const) {
    console.log(`${kind}:`)
    for (const { name, module } of entriesOf(kind)) {
      const loaded = (await import(module)) as { readonly subject?: Subject; readonly workload?: Workload }
      console.log(`  ${name.padEnd(16)}${(loaded.subject ?? loaded.workload)?.about ?? ''}`)
    }
  }
}
