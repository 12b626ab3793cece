import { describeIssues, type Issue, type MethodEntry, validate } from '@wirepact/contract'
import { type Failure, WirepactError } from '@wirepact/protocol'
import type { Report } from './implementation.ts'

/**
 * Numbers the failures whose reason must not cross the wire: the caller gets a fixed text and an id, the operator's
 * log gets the same id with the whole truth.
 */
export class Incidents {
  readonly #report: (report: Report) => void
  readonly #prefix: string
  #count = 0

  /** `prefix` tells the incidents of one process from another's. */
  constructor(prefix: string, report: (report: Report) => void) {
    this.#prefix = prefix
    this.#report = report
  }

  report(what: Report['what'], where: string, error: unknown, incident?: string): void {
    const message = textOf(error)
    try {
      this.#report({ what, where, message, error, incident })
    } catch {
      // A log that throws must not take the connection with it.
    }
  }

  internal(what: Report['what'], where: string, error: unknown): Failure {
    this.#count++
    const incident = `${this.#prefix}-${this.#count.toString(36)}`
    this.report(what, where, error, incident)
    return { code: 'internal', message: `internal error (incident ${incident})`, data: { incident } }
  }
}

// What a handler may say in the library's own words. Everything else it throws stays here.
const speakable = new Set<string>([
  'unauthenticated',
  'permission-denied',
  'resource-exhausted',
  'unavailable',
  'conflict',
  'invalid-input',
])

/** What crosses the wire for something a handler threw, whatever that was. */
export function failureOf(entry: MethodEntry, error: unknown, incidents: Incidents): Failure {
  try {
    return spokenFailure(entry, error, incidents)
  } catch (thrown) {
    return incidents.internal('handler-threw', entry.name, thrown)
  }
}

function spokenFailure(entry: MethodEntry, error: unknown, incidents: Incidents): Failure {
  const { name, definition } = entry
  if (error instanceof WirepactError) {
    const { code, message, data, declared } = error as WirepactError<string>
    if (!declared && speakable.has(code)) return { code, message, data }
    const { errors = {} } = definition
    const schema = declared && Object.hasOwn(errors, code) ? errors[code] : undefined
    if (schema === null) return { code, message, declared }
    if (schema !== undefined) {
      const parsed = validate(schema, data)
      const isLate = parsed instanceof Promise
      if (!isLate && parsed.issues === undefined) return { code, message, data: parsed.value, declared }
      const why = isLate
        ? 'an asynchronous schema, which errors may not have'
        : `data its contract does not allow: ${describeIssues(parsed.issues ?? [])}`
      return incidents.internal('output-invalid', name, new TypeError(`${name} threw ${code} with ${why}`))
    }
  }
  return incidents.internal('handler-threw', name, error)
}

/** Says what was wrong with an input and where, for people in `message` and for programs in `data.issues`. */
export function invalidInput(
  entry: MethodEntry,
  issues: readonly Issue[],
  contractsDiffer: boolean,
  item?: number,
): WirepactError {
  const what = item === undefined ? 'its input' : `item ${item}`
  const text = `${entry.name} refused ${what}: ${describeIssues(issues)}`
  const hint = `the contracts differ in the shape of ${entry.name}`
  return new WirepactError('invalid-input', contractsDiffer ? `${text} (${hint})` : text, {
    data: {
      issues: issues.slice(0, maxIssues).map(plainIssue),
      ...(item === undefined ? {} : { item }),
      ...(contractsDiffer ? { contractsDiffer } : {}),
    },
  })
}

function plainIssue(issue: Issue): { path: (string | number)[]; message: string } {
  const path = (issue.path ?? []).map((step) => (typeof step === 'object' ? step.key : step))
  return {
    path: path.map((step) => (typeof step === 'number' ? step : String(step))),
    message: issue.message.slice(0, maxIssueLength),
  }
}

const maxIssues = 10
const maxIssueLength = 256

// Anything can be thrown, and some things cannot be looked at without throwing again.
function textOf(error: unknown): string {
  try {
    return error instanceof Error ? error.message : String(error)
  } catch {
    return 'something that cannot be shown'
  }
}
