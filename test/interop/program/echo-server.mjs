// An echo server on what its platform has built in: Bun or Deno. It prints its port, and ends with whoever started it.

const CLOSE = 'close, please'

if (globalThis.Bun) {
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: (request, server) => (server.upgrade(request) ? undefined : new Response('no')),
    websocket: {
      perMessageDeflate: process.argv[2] === 'compressed',
      maxPayloadLength: 64 << 20,
      backpressureLimit: 64 << 20,
      message(socket, data) {
        if (data === CLOSE) socket.close(4002, 'as you wish')
        else socket.send(data, process.argv[2] === 'compressed')
      },
    },
  })
  console.log(String(server.port))
  process.stdin.on('end', () => process.exit()).resume()
} else {
  const onListen = ({ port }) => console.log(String(port))
  Deno.serve({ port: 0, hostname: '127.0.0.1', onListen }, (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request)
    socket.binaryType = 'arraybuffer'
    socket.onmessage = ({ data }) => {
      if (data === CLOSE) socket.close(4002, 'as you wish')
      else socket.send(data)
    }
    return response
  })
  for await (const _ of Deno.stdin.readable) {
    // Nothing is said; what counts is that it ends.
  }
  Deno.exit()
}
