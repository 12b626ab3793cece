// A client on the WebSocket that its platform has built in: Node.js 22 and later (undici), Deno, Bun, or a page in
// Chromium. It is given the address of our server, and prints what it saw as JSON.

/** Bytes that differ from one place to the next, so that nothing can be lost or doubled unnoticed. */
function bytesOf(length) {
  const bytes = new Uint8Array(length)
  for (let i = 0; i < length; i++) bytes[i] = (i * 31 + (i >> 8)) & 0xff
  return bytes
}

const SIZES = [0, 1, 125, 126, 65_535, 65_536, 1_000_000]
const TEXTS = ['', 'hello', 'grüße 👋', 'x'.repeat(70_000)]

function open(url, extension) {
  const socket = new WebSocket(url, ['chat'])
  socket.binaryType = 'arraybuffer'
  const waiting = []
  const messages = []
  socket.onmessage = ({ data }) => {
    if (waiting.length > 0) waiting.shift()(data)
    else messages.push(data)
  }
  const closed = new Promise((resolve) => {
    socket.onclose = ({ code, reason, wasClean }) => resolve([code, reason, wasClean])
  })
  const next = () =>
    new Promise((resolve) => {
      if (messages.length > 0) resolve(messages.shift())
      else waiting.push(resolve)
    })
  return new Promise((resolve, reject) => {
    socket.onopen = () => resolve({ socket, next, closed, extension })
    socket.onerror = () => reject(new Error('did not connect'))
  })
}

function same(a, b) {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

export async function run(url, largest) {
  const wrong = []
  const { socket, next, closed } = await open(url)
  for (const text of TEXTS) {
    socket.send(text)
    if ((await next()) !== text) wrong.push(`text of ${text.length}`)
  }
  for (const size of [...SIZES, largest]) {
    const bytes = bytesOf(size)
    socket.send(bytes)
    if (!same(new Uint8Array(await next()), bytes)) wrong.push(`${size} bytes`)
  }
  // Many at once, in order.
  for (let i = 0; i < 200; i++) socket.send(`message ${i}`)
  for (let i = 0; i < 200; i++) if ((await next()) !== `message ${i}`) wrong.push(`message ${i}`)
  const { protocol, extensions } = socket
  socket.close(4001, 'bye')
  const ours = await closed
  const other = await open(url)
  other.socket.send('close, please')
  const theirs = await other.closed
  return { wrong, protocol, compressed: extensions.includes('permessage-deflate'), ours, theirs }
}

const [url, largest] = globalThis.Deno?.args ?? globalThis.process?.argv.slice(2) ?? []
if (url !== undefined) {
  console.log(JSON.stringify(await run(url, Number(largest))))
  // Whatever keeps the loop of this platform alive.
  if (globalThis.Deno) globalThis.Deno.exit()
  else process.exit()
}
