/** What the page asks its worker, which alone may write files in place. Each is answered with a number or bytes. */
export type DiskOrder =
  | { readonly op: 'open'; readonly file: string }
  | { readonly op: 'read'; readonly at: number; readonly bytes: number }
  | { readonly op: 'write'; readonly at: number; readonly chunk: Uint8Array<ArrayBuffer> }
  | { readonly op: 'close' }
  | { readonly op: 'empty' }

export type DiskAnswer = { readonly value: number | Uint8Array<ArrayBuffer> } | { readonly error: string }
