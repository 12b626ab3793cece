// One file of the browser's own disk (OPFS), for one download. What is written stays, whatever becomes of the page.
import type { DiskAnswer, DiskOrder } from './disk-messages.ts'

/** What the types of pages leave out: only workers have it. */
interface SyncHandle {
  getSize(): number
  read(into: Uint8Array, at: { at: number }): number
  write(bytes: Uint8Array, at: { at: number }): number
  truncate(bytes: number): void
  flush(): void
  close(): void
}

let handle: SyncHandle | undefined

async function obey(order: DiskOrder): Promise<number | Uint8Array<ArrayBuffer>> {
  switch (order.op) {
    case 'open': {
      const folder = await navigator.storage.getDirectory()
      const file = await folder.getFileHandle(order.file, { create: true })
      handle = await (file as unknown as { createSyncAccessHandle(): Promise<SyncHandle> }).createSyncAccessHandle()
      return handle.getSize()
    }
    case 'read': {
      const chunk = new Uint8Array(order.bytes)
      return chunk.subarray(0, handle?.read(chunk, { at: order.at }))
    }
    case 'write':
      return handle?.write(order.chunk, { at: order.at }) ?? 0
    case 'empty':
      handle?.truncate(0)
      return 0
    case 'close':
      handle?.flush()
      handle?.close()
      return 0
  }
}

// One after the other: the page waits for each answer.
addEventListener('message', async ({ data }: MessageEvent<DiskOrder>) => {
  let answer: DiskAnswer
  try {
    answer = { value: await obey(data) }
  } catch (error) {
    answer = { error: String(error) }
  }
  postMessage(answer)
})
