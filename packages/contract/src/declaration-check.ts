import { isSchema } from './schema.ts'

// The compiler says all of this sooner; these are for plain JavaScript and for casts. They look at unknown things, so
// they trust no type. `kind` is a string in a definition only: in a namespace it could be the name of a procedure.

/** Whether a node of `server` or `client` is a procedure or a notification. @throws TypeError that names the place */
export function checkMethod(node: { readonly kind?: unknown }, place: string): boolean {
  if (isNamespace(node, place)) return false
  if (node.kind !== 'procedure' && node.kind !== 'notification') wrong(place, `is an ${node.kind}, not a procedure`)
  checkSchemas(node, ['input', 'output', 'yields', 'accepts'], place)
  const { errors = {} } = node as { errors?: object }
  for (const [code, schema] of Object.entries(errors)) {
    // Upper case, so that a declared error never has the name of one of the protocol's own, which are lower case.
    if (!/^[A-Z][A-Z0-9_]*$/.test(code))
      wrong(place, `declares the error ${JSON.stringify(code)}, which is not UPPER_SNAKE_CASE`)
    if (schema !== null && !isSchema(schema))
      wrong(place, `has errors.${code}, which is neither a Standard Schema nor null`)
  }
  return true
}

/** Whether a node of `events` is an event. @throws TypeError that names the place */
export function checkEvent(node: { readonly kind?: unknown }, place: string): boolean {
  if (isNamespace(node, place)) return false
  if (node.kind !== 'event') wrong(place, `is a ${node.kind}, not an event`)
  const event = node as { payload?: unknown; snapshot?: unknown; onGap?: unknown }
  checkSchemas(event, ['topic', 'payload', 'snapshot'], place)
  if (event.payload === undefined) wrong(place, 'has no payload')
  if ((event.snapshot === undefined) === (event.onGap === undefined)) wrong(place, 'needs either snapshot or onGap')
  if (event.onGap !== undefined && event.onGap !== 'skip' && event.onGap !== 'error')
    wrong(place, 'has an unknown onGap')
  return true
}

function isNamespace(node: { readonly kind?: unknown }, place: string): boolean {
  if (isSchema(node)) wrong(place, 'is a schema; put it into procedure({ input }) or event({ payload })')
  return typeof node.kind !== 'string'
}

function checkSchemas(definition: object, names: readonly string[], place: string): void {
  for (const name of names) {
    const schema = (definition as Record<string, unknown>)[name]
    if (schema !== undefined && !isSchema(schema)) wrong(`${place}.${name}`, 'is not a Standard Schema')
  }
}

function wrong(place: string, what: string): never {
  throw new TypeError(`contract: ${place} ${what}`)
}
