import { basename } from 'node:path'
import { parseArgs } from 'node:util'
import { WirepactError } from '@wirepact/protocol'
import { get, list, type Progress, put } from './commands.ts'
import { startFiles } from './server.ts'
import { sizeOf, sizeWords } from './size.ts'
import { newToken } from './token.ts'

const HELP = `Files of any size over one WebSocket, with progress, pause, resume and checksums.

  npm start -- files serve              then open what it prints, or use it as URL below
  npm start -- files list URL
  npm start -- files put URL FILE [NAME]
  npm start -- files get URL NAME [FILE]

  serve      --port PORT         where to listen (default 3000; PORT in the environment does the same)
             --folder FOLDER     where the files are (default ./files)
             --file-limit SIZE   of one file at most, as 500M or 4GiB (default none)
             --quota SIZE        of all files together at most (default none)
             The token is FILES_TOKEN from the environment, or a new one each time.
  put, get   --replace           replaces what has the same name
             The same command again goes on where it was interrupted.
`

async function main(args: readonly string[]): Promise<void> {
  const text = { type: 'string' } as const
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      ...{ port: text, folder: text, 'file-limit': text, quota: text },
      ...{ replace: { type: 'boolean' }, help: { type: 'boolean' } },
    },
  })
  const [command = 'serve', url = '', first = '', second] = positionals
  const options = { progress: showProgress(), replace: values.replace === true }
  if (values.help === true) console.log(HELP)
  else if (command === 'serve') await serve(values)
  else if (command === 'list') console.log((await list(url)).join('\n'))
  else if ((command === 'put' || command === 'get') && first === '')
    throw new TypeError(`${command} needs a file; --help says more`)
  else if (command === 'put') console.log(`${await put(url, first, second, options)}  ${second ?? basename(first)}`)
  else if (command === 'get') console.log(`${await get(url, first, second ?? first, options)}  ${second ?? first}`)
  else throw new TypeError(`"${command}" is none of serve, list, put and get; --help says more`)
}

type ServeValues = { port?: string; folder?: string; 'file-limit'?: string; quota?: string }

async function serve(values: ServeValues): Promise<void> {
  const port = Number(values.port ?? (process.env.PORT || '3000'))
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new TypeError('the port must be from 0 to 65535')
  const sizeIn = (size: string | undefined) => (size === undefined ? undefined : sizeOf(size))
  const running = await startFiles({
    port,
    folder: values.folder ?? 'files',
    fileBytes: sizeIn(values['file-limit']),
    quotaBytes: sizeIn(values.quota),
    token: process.env.FILES_TOKEN || newToken(),
    page: new URL('./page/', import.meta.url),
  })
  console.log(`The files in ${values.folder ?? 'files'} are at ${running.url}`)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void running.close().then(() => process.exit(0)))
  }
}

/** One line that is written over, for a person; nothing where nobody looks. */
function showProgress(): Progress {
  let shownAt = 0
  return (name, stored, bytes, resumed) => {
    const now = performance.now()
    if (!process.stderr.isTTY || (now - shownAt < 100 && stored < bytes)) return
    shownAt = now
    const percent = bytes === 0 ? 100 : Math.floor((stored / bytes) * 100)
    const again = resumed > 0 ? `, ${sizeWords(resumed)} of it before` : ''
    process.stderr.write(`\r${name}: ${percent} %, ${sizeWords(stored)} of ${sizeWords(bytes)}${again}\x1b[K`)
    if (stored === bytes) process.stderr.write('\n')
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof WirepactError ? `${error.code}: ${error.message}` : (error as Error).message)
  process.exit(1)
})
