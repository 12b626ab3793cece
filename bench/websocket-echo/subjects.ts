import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { connect, decodeText, listen } from '@wirepact/websocket/node'
import type * as Ws from 'ws'
import { cpuMicrosecondsOf } from '../harness/cpu.ts'
import type { EchoCase } from './echo-case.ts'

/** One library in both parts. */
export interface EchoSubject {
  /** Echoes every message. @returns the port */
  serve(given: EchoCase): Promise<number>
  /** CPU time so far, in µs, where another process does the work. */
  cpu?(): number
  /** Keeps messages under way to an echoing server; returns what counts those that came back. */
  dial(port: number, given: EchoCase, payload: Buffer): Promise<EchoClient>
}

export interface EchoClient {
  run(milliseconds: number): Promise<number>
}

/** Programs and packages that are no dependencies of the workspace, where they were found. */
export interface Found {
  readonly bun: string | undefined
  readonly tungstenite: string | undefined
  /** A folder in which `ws` finds `bufferutil`. */
  readonly wsWithBufferutil: string | undefined
}

export const SUBJECTS = ['wirepact', 'ws', 'ws+bufferutil', 'bun', 'tokio-tungstenite'] as const
export type SubjectName = (typeof SUBJECTS)[number]

/** Servers in programs of their own, which have no client here. */
export const PROGRAMS: readonly SubjectName[] = ['bun', 'tokio-tungstenite']

export function subjectNamed(name: SubjectName, found: Found): EchoSubject {
  if (name === 'wirepact') return wirepact
  if (name === 'bun') return program(found.bun!, (given) => ['-e', bunScript(given)])
  // It has no permessage-deflate.
  if (name === 'tokio-tungstenite') return program(found.tungstenite!, () => [])
  if (name === 'ws') {
    // Neither the optional addon nor the one for UTF-8, whatever is installed.
    process.env.WS_NO_BUFFER_UTIL = '1'
    process.env.WS_NO_UTF_8_VALIDATE = '1'
    return ws(createRequire(import.meta.url)('ws'))
  }
  process.env.WS_NO_UTF_8_VALIDATE = '1'
  return ws(createRequire(`${found.wsWithBufferutil!}/`)('ws'))
}

/** `ws` hands over every message; ours lends it, and a large one is worth asking for. */
const GIVEN_FROM_BYTES = 16 * 1024

const wirepact: EchoSubject = {
  async serve({ compressed }) {
    const { port } = await listen({
      port: 0,
      host: '127.0.0.1',
      compression: compressed ? { thresholdBytes: 0 } : false,
      onSocket: (socket) =>
        socket.start({
          message(bytes, start, end, isText) {
            if (isText) socket.sendText(decodeText(bytes, start, end))
            else if (end - start < GIVEN_FROM_BYTES) socket.sendBinary(bytes, start, end)
            else socket.sendBinary(socket.keep(bytes, start, end), 0, end - start, true)
          },
          closed() {},
        }),
    })
    return port
  },
  async dial(port, given, payload) {
    const text = given.compressed ? payload.toString() : undefined
    const socket = await connect(`ws://127.0.0.1:${port}`, {
      compression: given.compressed ? { thresholdBytes: 0 } : false,
    })
    const flight = new Flight(given.inFlight, () => {
      if (text === undefined) socket.sendBinary(payload)
      else socket.sendText(text)
    })
    socket.start({ message: (_bytes, start, end) => flight.returned(end - start === payload.length), closed() {} })
    return flight
  },
}

function ws({ WebSocket, WebSocketServer }: typeof Ws): EchoSubject {
  return {
    async serve({ compressed }) {
      const server = new WebSocketServer({
        port: 0,
        host: '127.0.0.1',
        perMessageDeflate: compressed ? { threshold: 0 } : false,
      })
      server.on('connection', (socket) => {
        socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
      })
      await once(server, 'listening')
      return (server.address() as AddressInfo).port
    },
    async dial(port, given, payload) {
      const { compressed } = given
      const socket = new WebSocket(`ws://127.0.0.1:${port}`, {
        perMessageDeflate: compressed ? { threshold: 0 } : false,
      })
      await once(socket, 'open')
      const flight = new Flight(given.inFlight, () => socket.send(payload, { binary: !compressed }))
      socket.on('message', (data: Buffer) => flight.returned(data.length === payload.length))
      return flight
    },
  }
}

const bunScript = ({ compressed }: EchoCase) => `
    const server = Bun.serve({
      port: 0, hostname: '127.0.0.1',
      fetch: (request, server) => server.upgrade(request) ? undefined : new Response('no'),
      websocket: {
        perMessageDeflate: ${compressed},
        maxPayloadLength: 64 << 20, backpressureLimit: 64 << 20,
        message: (socket, data) => { socket.send(data, ${compressed}) },
      },
    })
    console.log(server.port)
    // Whoever started us holds our standard input; however that ends, so do we.
    process.stdin.on('end', () => process.exit()).resume()`

/** A server that prints its port, and ends with its standard input. */
function program(path: string, args: (given: EchoCase) => string[]): EchoSubject {
  let pid: number | undefined
  return {
    async serve(given) {
      const child = spawn(path, args(given), { stdio: ['pipe', 'pipe', 'ignore'] })
      pid = child.pid
      const [line] = (await once(child.stdout, 'data')) as [Buffer]
      return Number(line.toString())
    },
    cpu: () => cpuMicrosecondsOf(pid!),
    dial: () => Promise.reject(new Error('not offered')),
  }
}

/** Keeps messages under way: each one that returns sends the next. */
class Flight implements EchoClient {
  readonly #inFlight: number
  readonly #send: () => void
  #count = 0
  #over = true
  #outstanding = 0
  #finish = () => {}
  #fail = (_error: Error) => {}

  constructor(inFlight: number, send: () => void) {
    this.#inFlight = inFlight
    this.#send = send
  }

  returned(isWhole: boolean): void {
    if (!isWhole) this.#fail(new Error('the echo is not what was sent'))
    this.#count++
    if (!this.#over) this.#send()
    else if (--this.#outstanding === 0) this.#finish()
  }

  async run(milliseconds: number): Promise<number> {
    this.#count = 0
    this.#over = false
    this.#outstanding = this.#inFlight
    const done = new Promise<void>((resolve, reject) => {
      this.#finish = resolve
      this.#fail = reject
    })
    for (let i = 0; i < this.#inFlight; i++) this.#send()
    const timer = setTimeout(() => {
      this.#over = true
    }, milliseconds)
    await done
    clearTimeout(timer)
    return this.#count
  }
}
