import { parseArgs } from 'node:util'
import { openFar } from './far.ts'
import { openNear } from './near.ts'
import { allowanceOf, placeOf } from './place.ts'

const HELP = `A TCP tunnel over one WebSocket.

  far side:   TUNNEL_TOKEN=secret npm start -- tunnel serve --listen localhost:3000 --allow localhost:22
  near side:  TUNNEL_TOKEN=secret npm start -- tunnel forward --to ws://localhost:3000 --listen localhost:2222 --target localhost:22
  then:       ssh -p 2222 localhost

  serve    --listen HOST:PORT    where to accept tunnels (default localhost:3000)
           --allow HOST:PORT     a place that may be reached, or HOST:* for all of its ports; give it as often as needed
  forward  --to URL              the far side, ws:// or wss://
           --listen HOST:PORT    the local port that leads to the target
           --target HOST:PORT    where it leads, as the far side sees it

  Both sides take the token from TUNNEL_TOKEN, so that no list of processes shows it.
`

async function main(args: readonly string[]): Promise<void> {
  const text = { type: 'string' } as const
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      ...{ listen: text, to: text, target: text, allow: { type: 'string', multiple: true } },
      help: { type: 'boolean' },
    },
  })
  const [command] = positionals
  if (values.help === true || command === undefined) return console.log(HELP)
  const token = process.env.TUNNEL_TOKEN
  if (token === undefined || token === '') throw new TypeError('TUNNEL_TOKEN must hold the token of the tunnel')
  if (command === 'serve') await serve(values.listen ?? 'localhost:3000', values.allow ?? [], token)
  else if (command === 'forward') await forward(values.to, values.listen, values.target, token)
  else throw new TypeError(`"${command}" is neither serve nor forward; --help says more`)
}

async function serve(listen: string, allow: readonly string[], token: string): Promise<void> {
  if (allow.length === 0) throw new TypeError('serve needs --allow HOST:PORT: without it nothing could be reached')
  const far = await openFar({ ...placeOf(listen), token, allows: allowanceOf(allow) })
  console.log(`The far side of the tunnel listens on port ${far.port}; it leads to ${allow.join(', ')}.`)
  onSignal(() => far.close())
}

async function forward(to = '', listen = '', target = '', token: string): Promise<void> {
  if (!/^wss?:\/\//.test(to)) throw new TypeError('forward needs --to with a ws:// or wss:// address')
  const near = await openNear({
    ...{ url: to, token, listen: placeOf(listen), target: placeOf(target) },
    report: (line) => console.error(line),
  })
  onSignal(() => near.close())
  await near.connected()
  console.log(`Port ${near.port} leads to ${target}, through ${to}.`)
}

function onSignal(close: () => Promise<void>): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void close().then(() => process.exit(0)))
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
})
