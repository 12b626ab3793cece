import { connect } from '@wirepact/client/node'
import { files } from './contract.ts'
import { exists, FileSink, nodeHasher, openSource } from './local-file.ts'
import { sizeWords } from './size.ts'
import { ChecksumError, download, type FilesApi, upload } from './transfer.ts'

/** How long the first connection may take. */
const ANSWER_WITHIN_MS = 15_000

/** What the commands say while they run. */
export type Progress = (name: string, stored: number, bytes: number, resumed: number) => void

export interface CommandOptions {
  readonly progress: Progress
  /** Whether what has the same name is replaced. */
  readonly replace: boolean
}

/** Lists what is there, a line for each. */
export function list(url: string): Promise<string[]> {
  return withApi(url, async (api) => {
    const { files: all, unfinished, freeBytes } = await api.list()
    return [
      ...all.map(
        ({ name, bytes, modifiedAt }) => `${modifiedAt.toISOString()}  ${sizeWords(bytes).padStart(9)}  ${name}`,
      ),
      ...unfinished.map(
        ({ name, bytes, stored }) => `unfinished: ${sizeWords(stored)} of ${sizeWords(bytes)}  ${name}`,
      ),
      `${sizeWords(freeBytes)} free`,
    ]
  })
}

/** Sends a file; gives its checksum. */
export function put(url: string, path: string, name: string | undefined, options: CommandOptions): Promise<string> {
  return withApi(url, async (api) => {
    const source = await openSource(path, name)
    try {
      return await upload(api, source, {
        hasher: nodeHasher,
        replace: options.replace,
        progress: (stored, resumed) => options.progress(source.name, stored, source.bytes, resumed),
      })
    } finally {
      await source.close()
    }
  })
}

/** Gets a file; gives its checksum. */
export function get(url: string, name: string, path: string, options: CommandOptions): Promise<string> {
  return withApi(url, async (api) => {
    if (!options.replace && (await exists(path))) throw new Error(`${path} is there already; --replace replaces it`)
    const file = (await api.list()).files.find((each) => each.name === name)
    if (file === undefined) throw new Error(`there is no ${name}`)
    const sink = await FileSink.open(path, file)
    try {
      const sha256 = await download(api, file, sink, {
        hasher: nodeHasher,
        progress: (stored, resumed) => options.progress(name, stored, file.bytes, resumed),
      })
      await sink.finish(options.replace)
      return sha256
    } catch (error) {
      if (error instanceof ChecksumError) await sink.discard()
      throw error
    } finally {
      await sink.close()
    }
  })
}

async function withApi<Result>(url: string, use: (api: FilesApi) => Promise<Result>): Promise<Result> {
  const { address, token } = addressOf(url)
  const client = connect(files, address, {
    credentials: token,
    // One program at one server is no crowd: a connection that carried a file for a second was a good one.
    reconnect: { stableMs: 1_000, capMs: 5_000 },
  })
  try {
    // Later it waits for as long as it takes; to begin with, nobody there means a wrong address.
    const signal = AbortSignal.timeout(ANSWER_WITHIN_MS)
    await client.connected({ signal }).catch((error) => {
      throw signal.aborted ? new Error(`nobody answers at ${address.host}`) : error
    })
    return await use(client.api)
  } finally {
    await client.close()
  }
}

/**
 * What the server printed: the address of its page, with the token as its fragment, which no request carries.
 * @throws TypeError that says what was expected
 */
function addressOf(url: string): { readonly address: URL; readonly token: string } {
  const address = URL.canParse(url) ? new URL('/rpc', url) : undefined
  const token = address === undefined ? '' : new URL(url).hash.slice(1)
  if (address === undefined || !/^https?:$/.test(address.protocol) || token === '')
    throw new TypeError(`"${url}" is not what the server printed: http://HOST:PORT/#TOKEN`)
  address.protocol = address.protocol.replace('http', 'ws')
  return { address, token }
}
