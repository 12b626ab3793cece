import type { Issue } from './schema.ts'

const mostIssues = 10
/** UTF-16 units. A description travels in an error message, and a hostile input must not choose its size. */
const mostLength = 1024

/** What a schema found wrong, in one line: `at .sensor: expected string, received number; at .list[2].id: …`. */
export function describeIssues(issues: readonly Issue[]): string {
  const lines = issues.slice(0, mostIssues).map(describeIssue)
  if (issues.length > mostIssues) lines.push(`and ${issues.length - mostIssues} more`)
  const text = lines.join('; ')
  return text.length > mostLength ? `${text.slice(0, mostLength - 1)}…` : text
}

function describeIssue(issue: Issue): string {
  // zod opens most of its messages so; what follows says it all.
  const message = issue.message.replace(/^Invalid input: /, '')
  const path = (issue.path ?? []).map((segment) => describeKey(typeof segment === 'object' ? segment.key : segment))
  return path.length > 0 ? `at ${path.join('')}: ${message}` : message
}

function describeKey(key: PropertyKey): string {
  if (typeof key === 'number') return `[${key}]`
  const name = String(key)
  return /^[A-Za-z_$][\w$]*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`
}
