import { readFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Where a function is, in the engine's words. */
export interface CallFrame {
  readonly functionName: string
  readonly url: string
  /** 0 is the engine itself; others without a URL were made from text. */
  readonly scriptId?: string | number
  readonly lineNumber: number
  readonly columnNumber: number
}

/** Finds the sources of what was built. */
export class Places {
  readonly #root: string
  readonly #maps = new Map<string, SourceMap | undefined>()

  constructor(root: string) {
    this.#root = root
  }

  /** The function with its file and line in the sources, or what the engine calls something that has none. */
  of({ functionName, url, lineNumber, columnNumber }: CallFrame): string {
    const name = functionName === '' ? '(anonymous)' : functionName
    if (url === '') return name
    if (!url.startsWith('file:')) return `${name}  ${url}:${lineNumber + 1}`
    const entry = this.#map(url)?.findEntry(lineNumber, columnNumber)
    if (entry === undefined || !('originalSource' in entry)) return `${name}  ${this.#short(url)}:${lineNumber + 1}`
    return `${name}  ${this.#short(new URL(entry.originalSource, url).href)}:${entry.originalLine + 1}`
  }

  /** What the function is part of: one of our packages, somebody else's, the platform. */
  partOf(frame: CallFrame): string {
    const { functionName, url, scriptId = 0 } = frame
    if (url === '' && Number(scriptId) > 0) return 'code made from text (coders of shapes)'
    if (url === '') return /^\((?!anonymous)/.test(functionName) ? functionName : 'native code of Node.js and V8'
    if (url.startsWith('node:')) return 'JavaScript of Node.js'
    const [, path = ''] = this.of(frame).split('  ')
    const [, owner] = /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path) ?? []
    const [, own] = /^((?:packages|examples)\/[^/]+|bench)\//.exec(path) ?? []
    return owner ?? own ?? 'others'
  }

  #map(url: string): SourceMap | undefined {
    if (!this.#maps.has(url)) this.#maps.set(url, readMap(url))
    return this.#maps.get(url)
  }

  #short(url: string): string {
    const path = relative(this.#root, fileURLToPath(url))
    // Packages lie deep below the folder of pnpm; their own path says enough.
    return path.slice(Math.max(0, path.lastIndexOf('node_modules/')))
  }
}

function readMap(url: string): SourceMap | undefined {
  try {
    return new SourceMap(JSON.parse(readFileSync(`${fileURLToPath(url)}.map`, 'utf8')))
  } catch {
    // Most packages publish none.
    return undefined
  }
}
