import type { Run } from './workload.ts'

/** Files that a process has open beside its connections. */
const OTHERS = 100

/** How many files this process may have open. Node.js has raised the limit as far as it may by itself. */
export function openFiles(): number {
  const { userLimits } = process.report.getReport() as unknown as {
    readonly userLimits?: { readonly open_files?: { readonly soft?: number | string } }
  }
  return Number(userLimits?.open_files?.soft ?? Number.POSITIVE_INFINITY) || Number.POSITIVE_INFINITY
}

/** How many connections there can be, by the limits of both processes; the workload's server side has `openFiles`. */
export async function mostConnections({ server }: Run): Promise<number> {
  return Math.min(openFiles(), (await server('openFiles')) as number) - OTHERS
}
