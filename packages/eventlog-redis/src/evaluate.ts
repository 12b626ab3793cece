import { ErrorReply } from '@redis/client'
import type { Argument, Link } from './link.ts'
import type { Script } from './scripts.ts'

/** Runs a script, by its name where the engine knows it. All keys must be in one hash slot. */
export function evaluate(
  link: Link,
  script: Script,
  keys: readonly string[],
  args: readonly Argument[],
): Promise<unknown> {
  const key = keys[0] as string
  const rest = [String(keys.length), ...keys, ...args]
  return link.send(key, ['EVALSHA', script.sha, ...rest]).catch((error: unknown) => {
    // "NOSCRIPT No matching script. Please use EVAL."
    if (!(error instanceof ErrorReply && error.message.startsWith('NOSCRIPT'))) throw error
    return link.send(key, ['EVAL', script.text, ...rest])
  })
}
