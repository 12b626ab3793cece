import { isPlain } from '../plain-object.ts'
import { isRefusedName } from '../tags.ts'
import type { Coder } from './laid.ts'
import { type Field, type Layout, type Literal, mostOf } from './layout.ts'
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
} from './read-parts.ts'
import { close, open, writeByte, writeCounted } from './write-parts.ts'

// Composed of closures, one for each part of the layout: no code is generated, so that it runs wherever `eval` must not.
// It is also what generated code is tested against.

/** What writes and reads values of a layout. */
export function composed(layout: Layout): Coder {
  switch (layout.kind) {
    case 'any':
      return { encode: encodeIf(() => true), decode: (reader) => reader.value() }
    case 'literal':
      return literal(layout.values)
    case 'array':
      return array(composed(layout.inner), mostOf(layout.inner))
    case 'record':
      return record(composed(layout.inner))
    case 'nullable':
      return presence(null, composed(layout.inner))
    case 'optional':
      return presence(undefined, composed(layout.inner))
    case 'union':
      return union(layout.options.map(composed))
    case 'object':
      return object(layout.fields, layout.closed)
    case 'string':
      return { encode: encodeIf(isOf.string), decode: (reader) => readText(reader) }
    case 'number':
      return { encode: encodeIf(isOf.number), decode: (reader) => readNumber(reader) }
    case 'int':
      return { encode: encodeIf(isOf.int), decode: (reader) => readInt(reader) }
    case 'boolean':
      return { encode: encodeIf(isOf.boolean), decode: (reader) => readBoolean(reader) }
    default:
      return leaf(isOf[layout.kind], `not a ${layout.kind}`)
  }
}

// What a schema of that name accepts: numbers are finite, dates are dates.
const isOf: {
  readonly [kind in 'string' | 'number' | 'int' | 'boolean' | 'bigint' | 'date']: (value: unknown) => boolean
} = {
  string: (value) => typeof value === 'string',
  number: (value) => Number.isFinite(value),
  int: (value) => Number.isSafeInteger(value),
  boolean: (value) => typeof value === 'boolean',
  bigint: (value) => typeof value === 'bigint',
  date: (value) => value instanceof Date && !Number.isNaN(value.getTime()),
}

function encodeIf(is: (value: unknown) => boolean): Coder['encode'] {
  return (writer, value) => {
    if (!is(value)) return false
    writer.value(value)
    return true
  }
}

function leaf(is: (value: unknown) => boolean, complaint: string): Coder {
  return {
    encode: encodeIf(is),
    decode(reader) {
      const value = reader.value()
      return is(value) ? value : reader.malformed(complaint)
    },
  }
}

function literal(values: readonly Literal[]): Coder {
  return {
    encode(writer, value) {
      const index = values.findIndex((known) => Object.is(known, value))
      if (index >= 0 && values.length > 1) writeCounted(writer, index)
      return index >= 0
    },
    decode(reader) {
      const index = values.length > 1 ? readCounted(reader) : 0
      return index < values.length ? values[index] : reader.malformed('a literal that is not in the contract')
    },
  }
}

function array(inner: Coder, most: number): Coder {
  return {
    encode(writer, value) {
      if (!Array.isArray(value) || value.length > most) return false
      open(writer)
      writeCounted(writer, value.length)
      for (let index = 0; index < value.length; index++) if (!inner.encode(writer, value[index])) return false
      close(writer)
      return true
    },
    decode(reader) {
      enter(reader)
      const size = readSize(reader, most)
      const items: unknown[] = []
      for (let index = 0; index < size; index++) items.push(inner.decode(reader))
      leave(reader)
      return items
    },
  }
}

function record(inner: Coder): Coder {
  return {
    encode(writer, value) {
      if (!isPlain(value)) return false
      const entries = value as Readonly<Record<string, unknown>>
      const keys = Object.keys(entries)
      open(writer)
      writeCounted(writer, keys.length)
      for (const key of keys) {
        // What no peer accepts is for the plain form to complain about.
        if (isRefusedName(key)) return false
        writer.value(key)
        if (!inner.encode(writer, entries[key])) return false
      }
      close(writer)
      return true
    },
    decode(reader) {
      enter(reader)
      const size = readSize(reader)
      const entries: Record<string, unknown> = {}
      for (let index = 0; index < size; index++) {
        const key = reader.key()
        entries[key] = inner.decode(reader)
      }
      leave(reader)
      return entries
    },
  }
}

function presence(absent: null | undefined, inner: Coder): Coder {
  return {
    encode(writer, value) {
      writeCounted(writer, value === absent ? 0 : 1)
      return value === absent || inner.encode(writer, value)
    },
    decode(reader) {
      const flag = readCounted(reader)
      if (flag === 0) return absent
      return flag === 1 ? inner.decode(reader) : reader.malformed('a mark of presence that is neither 0 nor 1')
    },
  }
}

function union(options: readonly Coder[]): Coder {
  return {
    encode(writer, value) {
      const { depth } = writer
      const length = writer.at - writer.start
      for (let index = 0; index < options.length; index++) {
        writeCounted(writer, index)
        if ((options[index] as Coder).encode(writer, value)) return true
        writer.at = writer.start + length
        writer.depth = depth
      }
      return false
    },
    decode(reader) {
      const option = options[readCounted(reader)]
      return option === undefined ? reader.malformed('an option that the union does not have') : option.decode(reader)
    },
  }
}

/** Whether an object has keys that are none of its fields. */
export function hasOthers(record: Readonly<Record<string, unknown>>, fields: readonly Field[]): boolean {
  const keys = Object.keys(record)
  return keys.length > fields.length || keys.some((key) => !fields.some(({ name }) => name === key))
}

interface Part {
  readonly name: string
  readonly optional: boolean
  readonly coder: Coder
}

function object(fields: readonly Field[], closed: boolean): Coder {
  const parts: readonly Part[] = fields.map(({ name, optional, layout }) => ({
    name,
    optional,
    coder: composed(layout),
  }))
  const optionals = parts.filter(({ optional }) => optional)
  return {
    encode(writer, value) {
      if (!isPlain(value)) return false
      const record = value as Readonly<Record<string, unknown>>
      if (closed && hasOthers(record, fields)) return false
      open(writer)
      if (optionals.length > 0) {
        for (let at = 0; at < optionals.length; at += 8) {
          let bits = 0
          for (let bit = 0; bit < 8 && at + bit < optionals.length; bit++) {
            const { name } = optionals[at + bit] as Part
            if (record[name] !== undefined) bits |= 1 << bit
            // A field that is there and undefined is not one that is absent.
            else if (name in record) return false
          }
          writeByte(writer, bits)
        }
      }
      for (const { name, optional, coder } of parts) {
        const field = record[name]
        if (field === undefined) {
          if (optional) continue
          if (!(name in record)) return false
        }
        if (!coder.encode(writer, field)) return false
      }
      close(writer)
      return true
    },
    decode(reader) {
      enter(reader)
      const present: number[] = []
      for (let at = 0; at < optionals.length; at += 8) {
        const bits = readByte(reader)
        // Bits beyond the last field have no meaning, and two messages must not mean the same.
        if (optionals.length - at < 8 && bits >> (optionals.length - at) !== 0)
          reader.malformed('a mark of presence for a field that is not there')
        present.push(bits)
      }
      const record: Record<string, unknown> = {}
      let nth = 0
      for (const { name, optional, coder } of parts) {
        if (optional) {
          const bits = present[nth >> 3] as number
          if ((bits & (1 << (nth++ & 7))) === 0) continue
        }
        record[name] = coder.decode(reader)
      }
      leave(reader)
      return record
    },
  }
}
