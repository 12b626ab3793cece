import type { CompiledContract, MethodEntry } from '@wirepact/contract'
import { answerNothing, type Caller, type RemoteCaller, type StartAnswering, type Streaming } from '@wirepact/peer'
import { deferredStream } from './deferred-stream.ts'
import type { Platform } from './dial.ts'

/** Parts of the engine that not every client needs. */
export interface Engine {
  readonly answering: StartAnswering
  readonly streaming: Streaming | undefined
}

/** For a contract with calls, events and state, and nothing that the client implements. */
export const bareEngine: Engine = { answering: answerNothing, streaming: undefined }

/** What a contract needs, fetched where the platform does not bring it: in a bundle each part is a file of its own. */
export async function engineFor({ methods, clientMethods }: CompiledContract, platform: Platform): Promise<Engine> {
  const [answering, streaming] = await Promise.all([
    clientMethods.length === 0 ? answerNothing : (platform.answering ?? loadAnswering()),
    [...methods, ...clientMethods].some(isStream) ? (platform.streaming ?? loadStreaming()) : undefined,
  ])
  return { answering, streaming }
}

function isStream({ kind }: MethodEntry): boolean {
  return kind !== 'call' && kind !== 'notify'
}

async function loadAnswering(): Promise<StartAnswering> {
  return (await import('@wirepact/peer/answering')).answerWithHandlers
}

async function loadStreaming(): Promise<Streaming> {
  return (await import('@wirepact/peer/streaming')).streaming
}

/** What the typed surface calls. A stream that is opened before what carries streams has come waits for it. */
export function remoteCaller(caller: Caller, platform: Platform): RemoteCaller {
  let ready = platform.streaming
  return {
    invoke: (entry, input, options) => caller.invoke(entry, input, options),
    open(entry, input, options) {
      if (ready !== undefined) return ready.open(caller, entry, input, options)
      const opened = loadStreaming().then((streaming) => {
        ready = streaming
        return streaming.open(caller, entry, input, options)
      })
      return entry.kind === 'accepts' && options?.items !== undefined ? opened : deferredStream(opened)
    },
  }
}
