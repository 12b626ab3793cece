import { isSchema } from './schema.ts'

// The compiler says all of this sooner; this is for plain JavaScript and for casts. It looks at unknown things, so it
// trusts no type.

interface Unchecked {
  readonly [member: string]: unknown
}

/**
 * Whether a node is a definition, rather than a namespace. `kind` is a string in a definition only: in a namespace it
 * could be the name of a procedure.
 *
 * @param kinds what may stand here
 * @throws TypeError that names the place
 */
export function checkDeclaration(node: object, place: string, kinds: readonly string[]): boolean {
  const { kind, errors, onGap, snapshot, whenSlow } = node as Unchecked
  if (isSchema(node)) refuse(place, 'is a schema; give it to procedure() or event()')
  if (typeof kind !== 'string') return false
  if (!kinds.includes(kind)) refuse(place, `cannot be of kind ${kind}`)
  for (const member of ['input', 'output', 'yields', 'accepts', 'topic', 'snapshot']) {
    const schema = (node as Unchecked)[member]
    if (schema !== undefined) checkSchema(schema, `${place}.${member}`)
  }
  for (const [code, schema] of Object.entries(errors ?? {})) {
    // Upper case, so that a declared error never has the name of one of the protocol's own, which are lower case.
    if (!/^[A-Z][A-Z0-9_]*$/.test(code)) refuse(`${place}.errors.${code}`, 'is not in UPPER_SNAKE_CASE')
    if (schema !== null) checkSchema(schema, `${place}.errors.${code}`)
  }
  if (kind === 'event') {
    checkSchema((node as Unchecked).payload, `${place}.payload`)
    const recovers = onGap === 'skip' || onGap === 'error'
    if (snapshot ? onGap !== undefined : !recovers) refuse(place, 'needs either snapshot, or onGap: "skip" or "error"')
    if (!isWhenSlow(whenSlow)) refuse(place, 'has a whenSlow that is none of catchup, latest, drop, close, { latest }')
  }
  return true
}

function isWhenSlow(policy: unknown): boolean {
  if (typeof policy === 'object' && policy !== null) return typeof (policy as Unchecked).latest === 'function'
  return policy === undefined || ['catchup', 'latest', 'drop', 'close'].includes(policy as string)
}

/** @throws TypeError that names the place */
export function checkSchema(schema: unknown, place: string): void {
  if (!isSchema(schema)) refuse(place, 'is not a Standard Schema')
}

/** Programmer's misuse. */
export function refuse(place: string, what: string): never {
  throw new TypeError(`contract: ${place} ${what}`)
}
