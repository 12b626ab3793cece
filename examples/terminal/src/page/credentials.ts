/** What the server is told: the key of this tab, and the token that the page was opened with, if any. */
export interface Credentials {
  readonly key: string
  readonly token?: string
}

const KEY = 'terminal-key'

/** Reads both, and takes the token out of the address: it is good for one visit, and no business of the history. */
export function readCredentials(): Credentials {
  const token = location.hash.slice(1)
  if (token !== '') history.replaceState(null, '', location.pathname)
  const key = remembered() ?? newKey()
  try {
    sessionStorage.setItem(KEY, key)
  } catch {
    // Storage may be forbidden; then a reload needs another address.
  }
  return token === '' ? { key } : { key, token }
}

function remembered(): string | undefined {
  try {
    return sessionStorage.getItem(KEY) ?? undefined
  } catch {
    return undefined
  }
}

function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
