/** What the messages of all connections of this page weighed, in bytes of payload; the few bytes of framing are the browser's own. */
export type Traffic = { bytesIn: number; bytesOut: number }

/**
 * Puts a WebSocket that counts in the place of the platform's, which is where the library looks for one. Only this page does
 * that, to show what it costs.
 */
export function countTraffic(): Traffic {
  const traffic: Traffic = { bytesIn: 0, bytesOut: 0 }
  globalThis.WebSocket = class extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols)
      this.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
        traffic.bytesIn += weight(data)
      })
    }

    override send(data: string | Blob | BufferSource): void {
      traffic.bytesOut += weight(data)
      super.send(data)
    }
  }
  return traffic
}

function weight(data: unknown): number {
  if (typeof data === 'string') return new TextEncoder().encode(data).length
  if (data instanceof Blob) return data.size
  return (data as BufferSource).byteLength
}
