// Theory of operation
//
// Where both peers hold the same contract, a value need not say what it is made of: the names of an object's fields,
// which of several literals it is. A layout says what is left to send. It is read from the text of a shape (the same
// text that the contract's hashes are made of), so that equal hashes mean equal layouts whoever made them. A part that
// a shape does not describe is a plain value.

/** How a value is laid out that both peers know the shape of (PROTOCOL.md, "Values laid out by shape"). */
export type Layout =
  | { readonly kind: 'any' }
  | { readonly kind: 'string' | 'number' | 'int' | 'boolean' | 'bigint' | 'date' }
  | { readonly kind: 'literal'; readonly values: readonly Literal[] }
  | { readonly kind: 'array' | 'record' | 'nullable' | 'optional'; readonly inner: Layout }
  | { readonly kind: 'union'; readonly options: readonly Layout[] }
  | { readonly kind: 'object'; readonly fields: readonly Field[]; readonly closed: boolean }

export type Literal = string | number | bigint | boolean | null | undefined

export interface Field {
  readonly name: string
  /** May be left out; `layout` is that of what is there. */
  readonly optional: boolean
  readonly layout: Layout
}

/**
 * The most elements of an array of these. Of those that take bytes there are no more than there are bytes; and four bytes
 * must not become a million objects.
 */
export function mostOf(inner: Layout): number {
  return takesNothing(inner) ? 256 : Number.POSITIVE_INFINITY
}

function takesNothing(layout: Layout): boolean {
  if (layout.kind === 'literal') return layout.values.length === 1
  return layout.kind === 'object' && layout.fields.every(({ optional, layout }) => !optional && takesNothing(layout))
}

const any: Layout = { kind: 'any' }
const leaves = /* @__PURE__ */ new Set(['string', 'number', 'int', 'boolean', 'bigint', 'date'])

/** Names that no object may have as a key. A shape with one is not described any further. */
const refused = /* @__PURE__ */ new Set(['__proto__', 'constructor', 'prototype'])

/**
 * The layout that a shape's text stands for.
 * @param closed whether objects with further keys do not fit
 * @throws SyntaxError for a text that is none
 */
export function layoutOf(text: string, closed = false): Layout {
  const parser = new Parser(text, closed)
  const layout = parser.shape()
  parser.end()
  return layout
}

class Parser {
  readonly #text: string
  readonly #closed: boolean
  #at = 0

  constructor(text: string, closed: boolean) {
    this.#text = text
    this.#closed = closed
  }

  end(): void {
    if (this.#at !== this.#text.length) this.#fail()
  }

  shape(): Layout {
    if (this.#take('{')) return this.#object()
    // A part of a recursive shape: how often it repeats is not known beforehand.
    const name = this.#match(/\^\d+|[a-z_]+/y)
    if (!this.#take('(')) return leaves.has(name) ? ({ kind: name } as Layout) : any
    if (name === 'literal') return this.#literal()
    const groups = this.#groups()
    const [first = []] = groups
    const [inner = any] = first
    if (groups.length === 1 && name === 'union') return { kind: 'union', options: first }
    if (groups.length === 1 && first.length === 1 && (name === 'array' || name === 'nullable' || name === 'optional'))
      return { kind: name, inner }
    const [[values = any] = []] = groups.slice(1)
    if (name === 'record' && groups.length === 2 && inner.kind === 'string') return { kind: 'record', inner: values }
    return any
  }

  #object(): Layout {
    const fields: Field[] = []
    let described = true
    for (let first = true; !this.#take('}'); first = false) {
      if (!first) this.#expect(',')
      if (this.#take('*')) {
        // Any key may be there.
        described = false
        this.#expect(':')
        this.shape()
        continue
      }
      const name = JSON.parse(this.#match(/"(?:[^"\\]|\\.)*"/y)) as string
      const optional = this.#take('?')
      this.#expect(':')
      const layout = this.shape()
      if (refused.has(name)) described = false
      // That a field may be left out is said once.
      fields.push({ name, optional, layout: optional && layout.kind === 'optional' ? layout.inner : layout })
    }
    return described ? { kind: 'object', fields, closed: this.#closed } : any
  }

  /** What is between parentheses, the closing one included. */
  #groups(): Layout[][] {
    const groups: Layout[][] = [[]]
    while (!this.#take(')')) {
      if (this.#take(';')) groups.push([])
      else if (!this.#take(',')) groups[groups.length - 1]?.push(this.shape())
    }
    return groups
  }

  #literal(): Layout {
    const values: Literal[] = []
    for (let first = true; !this.#take(')'); first = false) {
      if (!first) this.#expect(',')
      values.push(literalOf(this.#match(/"(?:[^"\\]|\\.)*"|[^,)]+/y)))
    }
    // What JSON cannot tell apart, such as NaN and null, no layout can.
    return values.length > 0 && new Set(values).size === values.length ? { kind: 'literal', values } : any
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false
    this.#at++
    return true
  }

  #expect(character: string): void {
    if (!this.#take(character)) this.#fail()
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0] ?? this.#fail()
    this.#at += found.length
    return found
  }

  #fail(): never {
    throw new SyntaxError(`a shape does not go on like this at ${this.#at}: ${this.#text}`)
  }
}

function literalOf(text: string): Literal {
  if (text === 'undefined') return undefined
  return /^-?\d+n$/.test(text) ? BigInt(text.slice(0, -1)) : (JSON.parse(text) as Literal)
}
