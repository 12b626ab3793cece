// The shape of a schema that reveals itself as JSON Schema (Standard JSON Schema), as the text that layouts are read from
// (PROTOCOL.md, "The shape of a JSON schema"). It is read from the very text that the hash is made of, so that equal
// hashes mean equal shapes. What it does not describe is `unknown`: a plain value.

type JsonSchema = Readonly<Record<string, unknown>>

/** @param text a JSON schema, as it takes part in the hash */
export function jsonShape(text: string): string {
  return describe(JSON.parse(text))
}

const simple: Readonly<Record<string, string>> = {
  string: 'string',
  number: 'number',
  integer: 'int',
  boolean: 'boolean',
  null: 'literal(null)',
}

/** Keywords that only narrow what the others describe: the schema itself sees to them. */
const narrowing = /^(min|max|exclusive|multipleOf$|pattern$|format$|content|unique|readOnly$|writeOnly$)/

function describe(given: unknown): string {
  if (typeof given !== 'object' || given === null) return unknown
  const schema = given as JsonSchema
  const keywords = Object.keys(schema).filter((keyword) => !narrowing.test(keyword))
  if (has(keywords, ['const'], ['type'])) return literal([schema.const])
  if (has(keywords, ['enum'], ['type'])) return literal(schema.enum as unknown[])
  if (has(keywords, ['anyOf'])) return `union(${(schema.anyOf as unknown[]).map(describe)})`
  if (has(keywords, ['type', 'items']) && schema.type === 'array') return `array(${describe(schema.items)})`
  if (has(keywords, ['type'], ['properties', 'required', 'additionalProperties']) && schema.type === 'object')
    return describeObject(schema)
  return (has(keywords, ['type']) && simple[String(schema.type)]) || unknown
}

function describeObject({ additionalProperties, properties, required = [] }: JsonSchema): string {
  if (properties === undefined)
    return typeof additionalProperties === 'object' ? `record(string;${describe(additionalProperties)})` : unknown
  const fields = Object.entries(properties as JsonSchema)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, field]) => `${JSON.stringify(name)}${isIn(required, name) ? '' : '?'}:${describe(field)}`)
  return `{${fields}}`
}

function literal(values: readonly unknown[]): string {
  const isPlain = values.every((value) => value === null || typeof value !== 'object')
  return isPlain && values.length > 0 ? `literal(${values.map((value) => JSON.stringify(value)).sort()})` : unknown
}

function has(keywords: readonly string[], needed: readonly string[], allowed: readonly string[] = []): boolean {
  return (
    needed.every((keyword) => keywords.includes(keyword)) &&
    keywords.every((keyword) => needed.includes(keyword) || allowed.includes(keyword))
  )
}

function isIn(names: unknown, name: string): boolean {
  return Array.isArray(names) && names.includes(name)
}

const unknown = 'unknown'
