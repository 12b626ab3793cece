import { ratesOf } from './rate.ts'
import type { ReadText, Sensor } from './sensor.ts'

/** Not the network: the machine talking to itself, and bridges whose bytes pass a real interface as well. */
const INSIDE = /^(?:lo|ifb\d+|veth.*|docker\d+|br-.*|virbr\d+|cni\d+|flannel.*|cali.*|dummy\d+)$/

/** Bytes received and sent by every interface that leads out of the machine, since it started. */
export function parseNetDev(text: string): { received: number; sent: number } {
  let received = 0
  let sent = 0
  for (const line of text.split('\n')) {
    // "  eth0: 409900416 …": the number may follow the colon without a space.
    const colon = line.indexOf(':')
    if (colon < 0 || INSIDE.test(line.slice(0, colon).trim())) continue
    const fields = line
      .slice(colon + 1)
      .trim()
      .split(/\s+/)
    received += Number(fields[0])
    sent += Number(fields[8])
  }
  return { received, sent }
}

export function networkSensor(read: ReadText, now: () => number): Sensor {
  const rates = ratesOf(now)
  return {
    description: { name: 'network', title: 'Network', unit: 'bytes/s', series: ['received', 'sent'] },
    async sample() {
      const bytes = parseNetDev(await read('/proc/net/dev'))
      return rates([bytes.received, bytes.sent])
    },
  }
}
