import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { cpus, loadavg, release, totalmem, type } from 'node:os'
import { dirname, join } from 'node:path'
import type { Cores } from './cores.ts'

/** What figures depend on besides the code: they are compared within one machine and one run only. */
export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryMiB: number
  readonly os: string
  readonly node: string
  /** The cores that server and client were pinned to; null when they were not. */
  readonly pinned: Cores | null
  /** The load average of the last minute, before the first round: what else the machine did. */
  readonly loadBefore: number
  readonly loadAfter: number
  readonly date: string
  /** Versions of what was measured. */
  readonly packages: Readonly<Record<string, string>>
}

export function describeMachine(cores: Cores | undefined, packages: readonly string[]): Omit<Machine, 'loadAfter'> {
  const all = cpus()
  return {
    cpu: all[0]?.model.trim() ?? 'unknown',
    cores: all.length,
    memoryMiB: Math.round(totalmem() / 1024 / 1024),
    os: `${type()} ${release()}`,
    node: process.versions.node,
    pinned: cores ?? null,
    loadBefore: loadNow(),
    date: new Date().toISOString(),
    packages: Object.fromEntries([...new Set(packages)].sort().map((name) => [name, versionOf(name)])),
  }
}

export function loadNow(): number {
  return loadavg()[0] ?? 0
}

function versionOf(name: string): string {
  const { resolve } = createRequire(import.meta.url)
  // Not every package lets its manifest be imported, but every one has it above its main file.
  let folder = dirname(resolve(name))
  for (;;) {
    try {
      const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, unknown>
      if (manifest.name === name) return String(manifest.version)
    } catch {
      // No manifest here.
    }
    if (folder === dirname(folder)) return 'unknown'
    folder = dirname(folder)
  }
}
