import { isPlain } from '../plain-object.ts'
import { composed, hasOthers } from '../shape/composed.ts'
import type { Coder } from '../shape/laid.ts'
import { type Field, type Layout, mostOf } from '../shape/layout.ts'
import {
  enter,
  leave,
  readBoolean,
  readByte,
  readCounted,
  readInt,
  readNumber,
  readSize,
  readText,
} from '../shape/read-parts.ts'
import { close, open, writeByte, writeCounted, writeNumber, writeText } from '../shape/write-parts.ts'

/** What generated code may name. */
const names = {
  ...{ isPlain, hasOthers, enter, leave, readBoolean, readByte, readCounted, readInt, readNumber, readSize, readText },
  ...{ open, close, writeByte, writeCounted, writeNumber, writeText },
}

// The same as `composed`, as JavaScript that is written for one layout: fields are read by name and objects are made as
// literals, which engines are several times quicker at. It needs `new Function`, so it is for Node.js and its like alone,
// behind a door of its own, and whoever must not generate code leaves it out.
//
// All that comes from a contract gets into the source as JSON, which is a literal of JavaScript, too.

/** What writes and reads values of a layout, by generated code. */
export function generated(layout: Layout): Coder {
  const source = new Source()
  const encode = source.encoder(layout)
  const decode = source.decoder(layout)
  const body = `'use strict'\n${source.functions.join('\n')}\nreturn { encode: ${encode}, decode: ${decode} }`
  const make = new Function(...Object.keys(names), 'laid', 'sets', body)
  return make(...Object.values(names), source.laid, source.sets) as Coder
}

class Source {
  readonly functions: string[] = []
  /** Parts that are rare enough to stay composed. */
  readonly laid: Coder[] = []
  /** The fields of objects that may have no others. */
  readonly sets: (readonly Field[])[] = []

  /** The name of a function `(w, v) => boolean`. */
  encoder(layout: Layout): string {
    switch (layout.kind) {
      case 'array': {
        const inner = this.encoder(layout.inner)
        return this.#function(
          'w, v',
          `if (!Array.isArray(v)) return false${whereBounded(layout.inner, `\nif (v.length > ${mostOf(layout.inner)}) return false`)}
           open(w)
           const size = v.length
           writeCounted(w, size)
           for (let index = 0; index < size; index++) if (!${inner}(w, v[index])) return false
           close(w)
           return true`,
        )
      }
      case 'nullable':
      case 'optional': {
        const absent = layout.kind === 'nullable' ? 'null' : 'undefined'
        const inner = this.encoder(layout.inner)
        return this.#function(
          'w, v',
          `if (v === ${absent}) { writeCounted(w, 0); return true }
           writeCounted(w, 1)
           return ${inner}(w, v)`,
        )
      }
      case 'object':
        return this.#function('w, v', this.#encodeObject(layout.fields, layout.closed))
      case 'any':
        return this.#function('w, v', 'w.value(v); return true')
      case 'string':
      case 'number':
      case 'int':
      case 'boolean':
        return this.#function('w, v', `${encodeLeaf(layout.kind, 'v')} return true`)
      default:
        return this.#function('w, v', `return laid[${this.#composed(layout)}].encode(w, v)`)
    }
  }

  /** The name of a function `(r) => value`. */
  decoder(layout: Layout): string {
    switch (layout.kind) {
      case 'array': {
        const inner = this.decoder(layout.inner)
        return this.#function(
          'r',
          `enter(r)
           const size = readSize(r${whereBounded(layout.inner, `, ${mostOf(layout.inner)}`)})
           const items = []
           for (let index = 0; index < size; index++) items.push(${inner}(r))
           leave(r)
           return items`,
        )
      }
      case 'nullable':
      case 'optional': {
        const absent = layout.kind === 'nullable' ? 'null' : 'undefined'
        const inner = this.decoder(layout.inner)
        return this.#function(
          'r',
          `const flag = readByte(r)
           if (flag === 0) return ${absent}
           return flag === 1 ? ${inner}(r) : r.malformed('a mark of presence that is neither 0 nor 1')`,
        )
      }
      case 'object':
        return this.#function('r', this.#decodeObject(layout.fields))
      case 'any':
      case 'string':
      case 'number':
      case 'int':
      case 'boolean':
        return this.#function('r', `return ${decodeLeaf(layout.kind)}`)
      default:
        return this.#function('r', `return laid[${this.#composed(layout)}].decode(r)`)
    }
  }

  #encodeObject(fields: readonly Field[], closed: boolean): string {
    const lines = ['if (!isPlain(v)) return false']
    if (closed) lines.push(`if (hasOthers(v, sets[${this.sets.push(fields) - 1}])) return false`)
    lines.push('open(w)')
    for (const [nth, { name }] of fields.entries()) lines.push(`const f${nth} = v[${JSON.stringify(name)}]`)
    const optionals = fields.flatMap(({ optional, name }, nth) => (optional ? [{ name, nth }] : []))
    for (const { name, nth } of optionals)
      lines.push(`if (f${nth} === undefined && ${JSON.stringify(name)} in v) return false`)
    for (let at = 0; at < optionals.length; at += 8) {
      const bits = optionals.slice(at, at + 8).map(({ nth }, bit) => `(f${nth} === undefined ? 0 : ${1 << bit})`)
      lines.push(`writeByte(w, ${bits.join(' | ')})`)
    }
    fields.forEach(({ name, optional, layout }, nth) => {
      const write = this.#encodeField(layout, `f${nth}`)
      if (optional) lines.push(`if (f${nth} !== undefined) { ${write} }`)
      else if (isTyped(layout)) lines.push(write)
      else lines.push(`if (f${nth} === undefined && !(${JSON.stringify(name)} in v)) return false`, write)
    })
    return [...lines, 'close(w)', 'return true'].join('\n')
  }

  #encodeField(layout: Layout, value: string): string {
    if (isInline(layout)) return encodeLeaf(layout.kind, value)
    return `if (!${this.encoder(layout)}(w, ${value})) return false`
  }

  #decodeObject(fields: readonly Field[]): string {
    const optionals = fields.filter(({ optional }) => optional).length
    const lines = ['enter(r)']
    for (let at = 0; at < optionals; at += 8) {
      lines.push(`const bits${at >> 3} = readByte(r)`)
      if (optionals - at < 8)
        lines.push(
          `if (bits${at >> 3} >> ${optionals - at} !== 0) r.malformed('a mark of presence for a field that is not there')`,
        )
    }
    let seen = 0
    fields.forEach(({ optional, layout }, nth) => {
      const read = isInline(layout) ? decodeLeaf(layout.kind) : `${this.decoder(layout)}(r)`
      if (!optional) lines.push(`const f${nth} = ${read}`)
      else {
        lines.push(`const h${nth} = (bits${seen >> 3} & ${1 << (seen & 7)}) !== 0`)
        lines.push(`const f${nth} = h${nth} ? ${read} : undefined`)
        seen++
      }
    })
    lines.push('leave(r)')
    // A literal of the fields that are always there: one shape for all objects, and the rest in the order of names.
    const always = fields.flatMap(({ name, optional }, nth) => (optional ? [] : [`${JSON.stringify(name)}: f${nth}`]))
    lines.push(`const v = { ${always.join(', ')} }`)
    fields.forEach(({ name, optional }, nth) => {
      if (optional) lines.push(`if (h${nth}) v[${JSON.stringify(name)}] = f${nth}`)
    })
    return [...lines, 'return v'].join('\n')
  }

  #composed(layout: Layout): number {
    return this.laid.push(composed(layout)) - 1
  }

  #function(parameters: string, body: string): string {
    const name = `g${this.functions.length}`
    this.functions.push(`function ${name}(${parameters}) {\n${body}\n}`)
    return name
  }
}

/** The text where arrays of these have a bound, and none otherwise. */
function whereBounded(inner: Layout, text: string): string {
  return Number.isFinite(mostOf(inner)) ? text : ''
}

const readers = { string: 'readText', number: 'readNumber', int: 'readInt', boolean: 'readBoolean' } as const

type Inline = 'any' | 'string' | 'number' | 'int' | 'boolean'

function isInline(layout: Layout): layout is { readonly kind: Inline } {
  return isTyped(layout) || layout.kind === 'any'
}

/** Whether `undefined` does not fit in any case. */
function isTyped({ kind }: Layout): boolean {
  return kind === 'string' || kind === 'number' || kind === 'int' || kind === 'boolean'
}

function encodeLeaf(kind: Inline, value: string): string {
  switch (kind) {
    case 'any':
      return `w.value(${value});`
    case 'string':
      return `if (typeof ${value} !== 'string') return false; writeText(w, ${value});`
    case 'boolean':
      return `if (typeof ${value} !== 'boolean') return false; writeByte(w, ${value} ? 0xc3 : 0xc2);`
    case 'number':
      return `if (!Number.isFinite(${value})) return false; writeNumber(w, ${value});`
    case 'int':
      return `if (!Number.isSafeInteger(${value})) return false; writeNumber(w, ${value});`
  }
}

function decodeLeaf(kind: Inline): string {
  return kind === 'any' ? 'r.value()' : `${readers[kind]}(r)`
}
