import { describe, expect, test } from 'vitest'
import { selfSigned } from '../testing/certificate.ts'
import { cleanUpAfterEach, dial, serve } from '../testing/sockets.ts'
import { connect } from './connect.ts'
import type { UpgradeRequest } from './upgrade-request.ts'

cleanUpAfterEach()

describe('TLS', () => {
  test('carries messages both ways, by name and by address', async () => {
    const tls = selfSigned()
    let secure: boolean | undefined
    const accept = (request: UpgradeRequest) => {
      secure = request.secure
      return {}
    }
    const server = await serve({ tls, accept })
    for (const host of ['localhost', '127.0.0.1']) {
      const client = await dial(`wss://${host}:${server.port}`, { tls: { ca: tls.cert } })
      client.socket.sendBinary(new Uint8Array(100_000).fill(3))
      expect(await client.next()).toEqual(new Uint8Array(100_000).fill(3))
      client.socket.close(1000)
      expect(await client.closed).toEqual([1000, '', true])
    }
    expect(secure).toBe(true)
    expect(server.url).toBe(`wss://127.0.0.1:${server.port}/`)
  })

  test('a certificate nobody vouches for is refused', async () => {
    const server = await serve({ tls: selfSigned() })
    const error = await connect(server.url).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ name: 'ConnectError', code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
  })

  test('a certificate for another name is refused', async () => {
    const tls = selfSigned()
    const server = await serve({ tls })
    const error = await connect(server.url, { tls: { ca: tls.cert, servername: 'elsewhere.example' } }).catch(
      (reason: unknown) => reason,
    )
    expect(error).toMatchObject({ name: 'ConnectError', code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
  })

  test('a server that asks for the client’s certificate gets it, by Node’s own options', async () => {
    const own = selfSigned()
    const clients = selfSigned()
    let subject: string | undefined
    const server = await serve({
      tls: { ...own, ca: clients.cert, requestCert: true, rejectUnauthorized: true },
      accept(_request, raw) {
        const socket = raw.socket as import('node:tls').TLSSocket
        subject = String(socket.getPeerCertificate().subject.CN)
        return {}
      },
    })
    const client = await dial(server.url, { tls: { ca: own.cert, ...clients } })
    client.socket.sendText('hello')
    expect(await client.next()).toBe('hello')
    expect(subject).toBe('localhost')
  })
})
