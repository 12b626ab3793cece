import type { MessagePort } from 'node:worker_threads'
import type { Wire } from './drive.ts'

/**
 * A worker's port. It carries whole arrays, and gives them to the other thread instead of copying them; it has neither a
 * half-closed state nor a backlog. An empty array says that nothing more will come.
 */
export function portWire(port: MessagePort): Wire {
  return {
    write(bytes) {
      // Only an array that has its memory for itself can be given away.
      const whole = bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice()
      port.postMessage(whole, [whole.buffer as ArrayBuffer])
    },
    backlog: 0,
    end: () => port.postMessage(new Uint8Array(0)),
    destroy: () => port.close(),
    start(arrived, _drained, over) {
      port.on('message', (bytes: Uint8Array) => (bytes.length === 0 ? over() : arrived(bytes)))
      port.on('close', over)
    },
  }
}
