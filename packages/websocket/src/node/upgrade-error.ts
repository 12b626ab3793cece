/** The server answered the opening handshake with something else than a WebSocket. */
export class UpgradeError extends Error {
  override readonly name = 'UpgradeError'
  /** The HTTP status: 101 when the answer was an upgrade, but not a valid one; 0 when it was no HTTP at all. */
  readonly status: number
  /** Header fields by lower-case name, repeated ones joined with a comma. */
  readonly headers: Readonly<Record<string, string>>
  /** The first 16 KiB of the answer's body, as text. */
  readonly body: string

  constructor(message: string, status: number, headers: Readonly<Record<string, string>> = {}, body = '') {
    super(message)
    this.status = status
    this.headers = headers
    this.body = body
  }
}

/** No HTTP answer came: the connection failed, or took too long. The system's error is the `cause`. */
export class ConnectError extends Error {
  override readonly name = 'ConnectError'
  /** The system's code, such as 'ECONNREFUSED', or 'ETIMEDOUT'. */
  readonly code: string

  constructor(message: string, code: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
  }
}
