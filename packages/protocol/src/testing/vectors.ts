import { readFileSync } from 'node:fs'

/** The same message, or value, in both forms. */
export interface PairVector {
  readonly name: string
  readonly hex: string
  readonly json: unknown
}

/** An input that a receiver takes although no sender of ours would write it so, and the message it means. */
export interface AcceptedVector {
  readonly name: string
  readonly hex?: string
  readonly text?: string
  readonly json: unknown
}

/** An input that closes the connection, and the code it closes with. */
export interface RefusedVector {
  readonly name: string
  readonly hex?: string
  readonly text?: string
  readonly close: number
}

export const messageVectors = read<PairVector>('messages')
export const valueVectors = read<PairVector>('values')
export const acceptedVectors = read<AcceptedVector>('accepted')
export const refusedVectors = read<RefusedVector>('refused')
export const shapeVectors = readShapes()
export const batchVectors = readBatches()

function read<Vector>(name: string): readonly Vector[] {
  return JSON.parse(readFileSync(new URL(`../../vectors/${name}.json`, import.meta.url), 'utf8')) as Vector[]
}

/** A result whose output is laid out by a shape, and the output in the JSON form. */
export interface ShapeVector extends PairVector {
  readonly shape: string
}

export interface RefusedShapeVector {
  readonly name: string
  readonly shape: string
  readonly hex: string
  readonly close: number
}

function readShapes(): { readonly accepted: readonly ShapeVector[]; readonly refused: readonly RefusedShapeVector[] } {
  return JSON.parse(readFileSync(new URL('../../vectors/shapes.json', import.meta.url), 'utf8'))
}

/** The bytes of a hex text, spaces allowed. */
export function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.replaceAll(' ', '').match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** What a peer sends where batches are agreed on, and the messages that it acts on. */
export interface BatchVector {
  readonly name: string
  readonly hex: string
  readonly messages: readonly string[]
  /** What it closes with after those. */
  readonly close?: number
}

function readBatches(): readonly BatchVector[] {
  const url = new URL('../../vectors/batches.json', import.meta.url)
  const { accepted, refused } = JSON.parse(readFileSync(url, 'utf8')) as Record<string, BatchVector[]>
  return [...(accepted ?? []), ...(refused ?? [])].map((each) => ({ ...each, hex: each.hex.replaceAll(' ', '') }))
}
