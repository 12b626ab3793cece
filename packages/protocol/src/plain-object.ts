/**
 * True for the objects that are maps on the wire. One from another realm (an iframe, a vm context) has a prototype of
 * its own that ends the chain, too.
 */
export function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null
}
