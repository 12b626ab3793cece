import { once } from 'node:events'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect as connectTcp, createServer, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { Connection, ConnectionEvents } from '@wirepact/websocket'
import { expect, it, onTestFinished } from 'vitest'

type Drive = (
  socket: Socket,
  role: 'client' | 'server',
  events: ConnectionEvents,
) => { connection: Connection; settle: () => void }

/** The program of the page, as a module. */
async function driveOfThePage(): Promise<Drive> {
  const page = readFileSync(new URL('../../packages/docs/websocket-core.md', import.meta.url), 'utf8')
  const [, program] = /```ts\n([\s\S]*?)```/.exec(page) as unknown as [string, string]
  const folder = new URL('../.tmp/websocket-core/', import.meta.url)
  mkdirSync(folder, { recursive: true })
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = new URL('drive.ts', folder)
  writeFileSync(file, program)
  const module = (await import(/* @vite-ignore */ fileURLToPath(file))) as { drive: Drive }
  return module.drive
}

it('the program of packages/docs/websocket-core.md moves messages and closes cleanly, as it stands', async () => {
  const drive = await driveOfThePage()
  const log: string[] = []
  const events = (name: string, onText: (text: string) => void): ConnectionEvents => ({
    message: (bytes, start, end) => onText(new TextDecoder().decode(bytes.subarray(start, end))),
    closed: (code, reason, clean) => log.push(`${name} ${code} ${reason} ${clean}`),
  })
  const server = createServer((socket) => {
    const { connection } = drive(
      socket,
      'server',
      events('server', (text) => connection.sendText(text)),
    )
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const socket = connectTcp((server.address() as { port: number }).port, '127.0.0.1')
  const texts: string[] = []
  const client = drive(
    socket,
    'client',
    events('client', (text) => {
      texts.push(text)
      if (texts.length === 3) client.connection.close(4000, 'enough')
    }),
  )
  const sent = ['one', 'é'.repeat(200_000), 'three']
  for (const text of sent) client.connection.sendText(text)
  client.settle()
  await once(socket, 'close')
  while (log.length < 2) await new Promise((resolve) => setTimeout(resolve, 5))
  expect(texts).toEqual(sent)
  expect(log.sort()).toEqual(['client 4000  true', 'server 4000 enough true'])
})
