import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer as createHttp, request } from 'node:http'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { openFar } from './far.ts'
import { openNear } from './near.ts'
import { allowanceOf } from './place.ts'

const token = 'a token of the tests'
const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
})

async function portOf(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanups.push(() => server.close())
  return (server.address() as AddressInfo).port
}

/** Passes TCP on, until it is told to cut everything that passes. */
async function cuttable(target: number): Promise<{ readonly port: number; cut(): void }> {
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1')
    near.pipe(far).pipe(near)
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        near.destroy()
        far.destroy()
        sockets.delete(socket)
      })
    }
  })
  const port = await portOf(server)
  const cut = () => {
    for (const socket of sockets) socket.resetAndDestroy()
  }
  cleanups.push(cut)
  return { port, cut }
}

/** A tunnel to a port of this machine, over a way that can be cut. */
async function tunnelTo(target: number, allow = `127.0.0.1:${target}`) {
  const far = await openFar({ port: 0, host: '127.0.0.1', token, allows: allowanceOf([allow]) })
  cleanups.push(() => far.close())
  const way = await cuttable(far.port)
  const reports: string[] = []
  const near = await openNear({
    ...{ url: `ws://127.0.0.1:${way.port}`, token },
    listen: { host: '127.0.0.1', port: 0 },
    target: { host: '127.0.0.1', port: target },
    report: (line) => reports.push(line),
  })
  cleanups.push(() => near.close())
  return { far, near, way, reports }
}

async function closeOf(socket: Socket): Promise<string> {
  let error = ''
  socket.on('error', (thrown: NodeJS.ErrnoException) => {
    error = thrown.code ?? 'error'
  })
  socket.resume()
  await new Promise((resolve) => socket.on('close', resolve))
  return error
}

async function settles(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition(); tries++) {
    if (tries === 500) throw new Error('it did not come to that within 5 s')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

describe('a tunnel', () => {
  it('carries HTTP: many requests at once, large ones both ways', { timeout: 30_000 }, async () => {
    const server = createHttp(async (incoming, answer) => {
      const hash = createHash('sha256')
      for await (const bytes of incoming) hash.update(bytes)
      const body = Buffer.alloc(Number(incoming.headers['x-size']), incoming.url)
      answer.end(Buffer.concat([hash.digest(), body]))
    })
    const { near, far } = await tunnelTo(await portOf(server))
    const asked = Array.from({ length: 20 }, async (_, index) => {
      const sent = randomBytes(index * 100_000)
      const size = (20 - index) * 100_000
      const path = `/${index}`
      const asking = request({
        ...{ port: near.port, host: '127.0.0.1', agent: false },
        ...{ method: 'POST', path, headers: { 'x-size': size } },
      })
      asking.end(sent)
      const [answer] = await once(asking, 'response')
      const chunks: Buffer[] = []
      for await (const chunk of answer) chunks.push(chunk)
      const got = Buffer.concat(chunks)
      expect(got.subarray(0, 32).equals(createHash('sha256').update(sent).digest())).toBe(true)
      expect(got.subarray(32).equals(Buffer.alloc(size, path))).toBe(true)
    })
    await Promise.all(asked)
    await settles(() => near.open === 0 && far.open === 0)
  })

  it('carries connections on when its own is cut, without a byte lost or doubled', { timeout: 30_000 }, async () => {
    const server = createServer((socket) => socket.on('error', () => {}).pipe(socket))
    const { near, way } = await tunnelTo(await portOf(server))
    const sent = randomBytes(4 * 1024 * 1024)
    const socket = connect({ port: near.port, host: '127.0.0.1' })
    const chunks: Buffer[] = []
    let cuts = 0
    socket.on('data', (chunk) => {
      const before = Math.floor(Buffer.concat(chunks).length / 1_000_000)
      chunks.push(chunk)
      const after = Math.floor(Buffer.concat(chunks).length / 1_000_000)
      if (after > before && cuts < 3) {
        cuts++
        way.cut()
      }
    })
    socket.end(sent)
    await once(socket, 'end')
    expect(Buffer.concat(chunks).equals(sent)).toBe(true)
    expect(cuts).toBe(3)
  })

  it('keeps half-close: whoever has finished still gets what the other side says', async () => {
    const server = createServer({ allowHalfOpen: true }, async (socket) => {
      let count = 0
      for await (const chunk of socket.iterator({ destroyOnReturn: false })) count += (chunk as Buffer).length
      socket.end(`${count} bytes came`)
    })
    const { near, far } = await tunnelTo(await portOf(server))
    const socket = connect({ port: near.port, host: '127.0.0.1', allowHalfOpen: true })
    socket.end(Buffer.alloc(300_000))
    let answer = ''
    for await (const chunk of socket) answer += chunk
    expect(answer).toBe('300000 bytes came')
    await settles(() => near.open === 0 && far.open === 0)
  })

  it('keeps half-close in the other direction, too', async () => {
    let heard = ''
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      socket.end('I have said all')
      socket.on('data', (chunk) => {
        heard += chunk
      })
    })
    const { near, far } = await tunnelTo(await portOf(server))
    const socket = connect({ port: near.port, host: '127.0.0.1', allowHalfOpen: true })
    let said = ''
    for await (const chunk of socket.iterator({ destroyOnReturn: false })) said += chunk
    expect(said).toBe('I have said all')
    socket.end('and I go on')
    await settles(() => near.open === 0 && far.open === 0)
    expect(heard).toBe('and I go on')
  })

  it('holds a fast sender back while its reader is slow', { timeout: 20_000 }, async () => {
    const server = createServer((socket) => void socket.on('error', () => {}).pause())
    const { near } = await tunnelTo(await portOf(server))
    const socket = connect({ port: near.port, host: '127.0.0.1' })
    const block = Buffer.alloc(64 * 1024)
    let written = 0
    let held = false
    while (!held && written < 512 * 1024 * 1024) {
      written += block.length
      if (socket.write(block)) continue
      held = await Promise.race([
        once(socket, 'drain').then(() => false),
        new Promise<boolean>((resolve) => setTimeout(resolve, 1_000, true)),
      ])
    }
    expect(held).toBe(true)
    // The windows of the tunnel and the buffers of four sockets; nothing grows with what is sent.
    expect(written).toBeLessThan(64 * 1024 * 1024)
    socket.destroy()
  })

  it('resets what leads nowhere, and says why', async () => {
    const dead = createServer()
    const port = await portOf(dead)
    dead.close()
    await once(dead, 'close')
    const { near, reports } = await tunnelTo(port)
    expect(await closeOf(connect({ port: near.port, host: '127.0.0.1' }))).toBe('ECONNRESET')
    await settles(() => reports.length === 1)
    expect(reports[0]).toMatch(/UNREACHABLE/)
  })

  it('leads nowhere that is not allowed', async () => {
    let connections = 0
    const server = createServer(() => connections++)
    const { near, reports } = await tunnelTo(await portOf(server), '127.0.0.1:1')
    await closeOf(connect({ port: near.port, host: '127.0.0.1' }))
    await settles(() => reports.length === 1)
    expect(reports[0]).toMatch(/FORBIDDEN/)
    expect(connections).toBe(0)
  })

  it('passes a reset on, from either end', async () => {
    const sockets: Socket[] = []
    const server = createServer((socket) => void sockets.push(socket.on('error', () => {})))
    const { near, far } = await tunnelTo(await portOf(server))

    const first = connect({ port: near.port, host: '127.0.0.1' })
    await settles(() => sockets.length === 1)
    const seen = closeOf(sockets[0] as Socket)
    first.on('error', () => {}).resetAndDestroy()
    expect(await seen).toBe('ECONNRESET')

    const second = connect({ port: near.port, host: '127.0.0.1' })
    await settles(() => sockets.length === 2)
    const closed = closeOf(second)
    sockets[1]?.resetAndDestroy()
    expect(await closed).toBe('ECONNRESET')
    await settles(() => near.open === 0 && far.open === 0)
  })

  it('is closed to whoever has another token', async () => {
    const far = await openFar({ port: 0, host: '127.0.0.1', token, allows: () => true })
    cleanups.push(() => far.close())
    const listen = { host: '127.0.0.1', port: 0 } as const
    const target = { host: '127.0.0.1', port: 1 }
    const near = await openNear({ url: `ws://127.0.0.1:${far.port}`, token: 'a guess', listen, target })
    cleanups.push(() => near.close())
    await expect(near.connected()).rejects.toMatchObject({ code: 'unauthenticated' })
  })
})
