import type { UntypedReceiver } from '@wirepact/peer'

type Opened = ReturnType<UntypedReceiver> & ReturnType<UntypedReceiver['subscribe']>

/** Whoever listens, until what receives events is there. */
export interface Listener {
  /** Listens. @throws TypeError for a topic that is none */
  begin(): void
  /** It will never be there, or there is nothing to listen to. */
  fail(error: unknown): void
}

/**
 * An event before what receives events has been fetched: whoever listens does so as soon as that is there, which is
 * before there is a connection.
 *
 * @param now the event itself, if it is there
 * @param wait keeps who listens until it is
 */
export function deferredReceiver(
  now: () => UntypedReceiver | undefined,
  wait: (listener: Listener) => void,
): UntypedReceiver {
  const later =
    (open: (receiver: UntypedReceiver, given: unknown[]) => unknown) =>
    (...given: unknown[]): Opened => {
      const receiver = now()
      if (receiver !== undefined) return open(receiver, given) as Opened
      const opened = new Promise<Opened>((resolve, fail) => {
        wait({ begin: () => resolve(open(now() as UntypedReceiver, given) as Opened), fail })
      })
      return deferred(opened)
    }
  const iterate = later((each, given) => each(...given))
  const subscribe = later((each, given) => each.subscribe(...given))
  const joined = later((each, given) => each.joined(...(given as Parameters<UntypedReceiver['joined']>)))
  return Object.freeze(Object.assign(iterate, { subscribe, joined }))
}

/** A loop, a subscription, or whoever listens to topics of the server's choice: each has some of these members. */
function deferred(opened: Promise<Opened>): Opened {
  const ready = opened.then((each) => each.ready)
  ready.catch(ignore)
  const stop = () => void opened.then((each) => each[Symbol.dispose](), ignore)
  return Object.freeze({
    ready,
    unsubscribe: stop,
    next: () => opened.then((each) => each.next()),
    return: () => opened.then((each) => each.return()),
    [Symbol.asyncIterator]() {
      return this
    },
    [Symbol.dispose]: stop,
  })
}

// Who asks for the promise hears it there.
function ignore(): void {}
