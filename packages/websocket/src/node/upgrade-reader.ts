import { Buffer } from 'node:buffer'
import type { Socket } from 'node:net'
import { type Agreement, type ClientHandshake, checkResponse, responseStatus } from '../handshake/client.ts'
import { dechunk } from '../handshake/http-body.ts'
import { fieldValue, HeadReader, type HttpHead } from '../handshake/http-head.ts'
import { ConnectError, UpgradeError } from './upgrade-error.ts'

/** As much of a refusal's body as is kept. */
const MAX_BODY_BYTES = 16 * 1024
/** How long a refusal's body is waited for once its head is here. */
const BODY_WITHIN_MS = 1_000
/** Answers of the kind "not yet" (status 100–199 but for 101) that are read away before the real one. */
const MAX_INTERIM = 8
/** Ends a chunked body without trailers. Seen or not, the body is given up on in time. */
const LAST_CHUNK = '0\r\n\r\n'

type Answer = Agreement | UpgradeError | ConnectError

/**
 * Reads the server's answer to the opening handshake. After an upgrade the socket is left paused, with the bytes that
 * came after the head put back, so that whoever reads next gets the first frame.
 */
export class UpgradeReader {
  readonly #socket: Socket
  readonly #handshake: ClientHandshake
  readonly #url: URL
  #reader = new HeadReader()
  #interim = 0
  #done: ((answer: Answer) => void) | undefined
  // Of a refusal.
  #head: HttpHead | undefined
  #status = 0
  #body: Buffer[] = []
  #bodyBytes = 0
  #bodyTimer: NodeJS.Timeout | undefined

  constructor(socket: Socket, handshake: ClientHandshake, url: URL) {
    this.#socket = socket
    this.#handshake = handshake
    this.#url = url
  }

  read(done: (answer: Answer) => void): void {
    this.#done = done
    this.#socket.on('data', this.#onData)
    this.#socket.on('end', this.#onEnd)
    this.#socket.on('close', this.#onEnd)
    this.#socket.on('error', this.#onError)
  }

  /** Stop listening; also when the attempt was given up from outside. */
  detach(): void {
    clearTimeout(this.#bodyTimer)
    this.#done = undefined
    this.#socket.off('data', this.#onData)
    this.#socket.off('end', this.#onEnd)
    this.#socket.off('close', this.#onEnd)
    this.#socket.off('error', this.#onError)
  }

  #finish(answer: Answer): void {
    const done = this.#done
    this.#done = undefined
    done?.(answer)
  }

  readonly #onData = (chunk: Buffer): void => {
    if (this.#head !== undefined) {
      this.#addBody(chunk)
      return
    }
    const end = this.#reader.push(chunk)
    if (end === 'more') return
    if (end === 'too-large') {
      this.#finish(new UpgradeError(`${this.#url.origin} answered with a head above 16 KiB`, 0))
      return
    }
    const head = this.#reader.head()
    const status = head === undefined ? undefined : responseStatus(head)
    if (head === undefined || status === undefined) {
      this.#finish(new UpgradeError(`${this.#url.origin} did not answer in HTTP/1.1`, 0))
    } else if (status === 101) this.#onUpgrade(head, chunk.subarray(end))
    else if (status < 200) this.#onInterim(chunk.subarray(end))
    else this.#onRefusal(head, status, chunk.subarray(end))
  }

  /** RFC 9110 section 15.2: "A client MUST be able to parse one or more 1xx responses received prior to a final one". */
  #onInterim(rest: Buffer): void {
    if (++this.#interim > MAX_INTERIM) {
      this.#finish(new UpgradeError(`${this.#url.origin} sent one interim answer after the other`, 0))
      return
    }
    this.#reader = new HeadReader()
    if (rest.length > 0) this.#onData(rest)
  }

  #onUpgrade(head: HttpHead, rest: Buffer): void {
    const agreement = checkResponse(head, this.#handshake)
    if (typeof agreement === 'string') {
      this.#finish(new UpgradeError(`${this.#url.origin}: ${agreement}`, 101, plainHeaders(head)))
      return
    }
    this.#socket.pause()
    if (rest.length > 0) this.#socket.unshift(rest)
    this.#finish(agreement)
  }

  #onRefusal(head: HttpHead, status: number, rest: Buffer): void {
    this.#head = head
    this.#status = status
    this.#bodyTimer = setTimeout(this.#onEnd, BODY_WITHIN_MS)
    this.#addBody(rest)
  }

  #addBody(chunk: Buffer): void {
    const kept = chunk.subarray(0, MAX_BODY_BYTES - this.#bodyBytes)
    this.#body.push(kept)
    this.#bodyBytes += kept.length
    const declared = Number(fieldValue(this.#head!.fields, 'content-length') ?? Number.POSITIVE_INFINITY)
    const full = this.#bodyBytes >= Math.min(MAX_BODY_BYTES, declared)
    if (full || (this.#chunked && kept.toString('latin1').endsWith(LAST_CHUNK))) this.#onEnd()
  }

  get #chunked(): boolean {
    return fieldValue(this.#head!.fields, 'transfer-encoding')?.toLowerCase() === 'chunked'
  }

  /** Nothing more will come: report what there is. */
  readonly #onEnd = (): void => {
    const head = this.#head
    if (head === undefined) {
      this.#finish(new ConnectError(`${this.#url.origin} closed the connection without an answer`, 'ECONNRESET'))
      return
    }
    const body = Buffer.concat(this.#body)
    const text = this.#chunked ? Buffer.from(dechunk(body.toString('latin1')), 'latin1').toString() : body.toString()
    const message = `${this.#url.origin} answered ${this.#status} instead of upgrading to WebSocket`
    this.#finish(new UpgradeError(message, this.#status, plainHeaders(head), text))
  }

  readonly #onError = (error: NodeJS.ErrnoException): void => {
    const code = error.code ?? 'EUNKNOWN'
    const why = error.message === '' ? code : error.message
    this.#finish(new ConnectError(`could not connect to ${this.#url.origin}: ${why}`, code, error))
  }
}

function plainHeaders(head: HttpHead): Record<string, string> {
  // Without a prototype: the names are the peer's.
  const headers: Record<string, string> = Object.create(null)
  for (const [name, values] of head.fields) headers[name] = values.join(', ')
  return headers
}
