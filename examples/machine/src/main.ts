import { startMachine } from './server.ts'

/** `npm start` ends here: starts the dashboard, says where it is, and ends cleanly on Ctrl-C. */
async function main(): Promise<void> {
  // Set to nothing is not set.
  const PORT = process.env.PORT || '3000'
  const HOST = process.env.HOST || 'localhost'
  const port = Number(PORT)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    fail(`PORT must be a number from 0 to 65535, and is "${PORT}".`)
    return
  }
  try {
    const running = await startMachine({ port, host: HOST, page: new URL('./page/', import.meta.url) })
    console.log(`The dashboard of this machine is at ${running.url}`)
    if (HOST === 'localhost') console.log('Only this machine can open it. HOST=0.0.0.0 lets the whole network in.')
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => void running.close().then(() => process.exit(0)))
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE') fail(`Port ${port} is already in use. Choose another one: PORT=${port + 1} npm start`)
    else if (code === 'EACCES') fail(`Port ${port} needs more rights than this process has. Try PORT=3000 npm start`)
    else if (code === 'ENOTFOUND' || code === 'EADDRNOTAVAIL')
      fail(`This machine has no address "${HOST}" to listen on.`)
    else throw error
  }
}

function fail(sentence: string): void {
  console.error(sentence)
  process.exitCode = 1
}

await main()
