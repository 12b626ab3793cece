import { startTerminal } from './server.ts'
import { whatIsMissing } from './shell.ts'

/** `npm start -- terminal`: starts it, says where it is, and ends cleanly on Ctrl-C, the shells included. */
async function main(): Promise<void> {
  const port = Number(process.env.PORT || '3000')
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new TypeError('PORT must be a number from 0 to 65535')
  const missing = whatIsMissing()
  if (missing !== undefined) throw new Error(`There can be no terminals here: this needs ${missing}.`)
  const running = await startTerminal({
    port,
    page: new URL('./page/', import.meta.url),
    announce: (url) => console.log(`A shell of yours for whoever opens this first: ${url}`),
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void running.close().then(() => process.exit(0)))
  }
}

main().catch((error: unknown) => {
  console.error((error as Error).message)
  process.exit(1)
})
