import { readFileSync } from 'node:fs'
import { cpus, hostname, release, type as systemType, totalmem, uptime } from 'node:os'
import type { Machine } from './contract.ts'

/** What this machine is, as far as it does not change while it runs. */
export function factsOfThisMachine(): Omit<Machine, 'sensors'> {
  const processors = cpus()
  return {
    hostname: hostname(),
    system: systemName(),
    processor: processorName(processors[0]?.model ?? ''),
    cores: processors.length,
    memoryBytes: totalmem(),
    startedAt: new Date(Date.now() - uptime() * 1000),
  }
}

/** "Debian GNU/Linux 12 (bookworm)" says more than "Linux 6.1"; only Linux has the file, see os-release(5). */
function systemName(): string {
  try {
    const pretty = /^PRETTY_NAME="?(.*?)"?$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1]
    if (pretty) return pretty
  } catch {
    // Not there: the kernel's name will do.
  }
  return systemType() === 'Darwin' ? `macOS (Darwin ${release()})` : `${systemType()} ${release()}`
}

/** Without the trade marks and the clock rate, which are not what a person calls it. */
function processorName(model: string): string {
  return model
    .replace(/\((?:R|TM)\)|®|™/gi, '')
    .replace(/\s*@.*$/, '')
    .replace(/\b(?:CPU|Processor)\b/g, '')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/^unknown$/i, '')
}
