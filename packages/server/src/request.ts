/** What is known of a connection before its client has said a word. */
export interface ConnectionRequest {
  /** Path and query of the upgrade request. */
  readonly url: string
  /** Header names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** The other end's address as the socket knows it; behind a proxy, the proxy's. */
  readonly remoteAddress: string | undefined
}

/** Where connections come from that have no HTTP request, such as an in-memory link. */
export const noRequest: ConnectionRequest = { url: '/', headers: {}, remoteAddress: undefined }
