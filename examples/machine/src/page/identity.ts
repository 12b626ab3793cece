/** Who this page is to the machine: a number nobody can guess, kept as long as the tab lives, and the name it goes by. */
export type Identity = { key: string; name: string | undefined }

const KEY = 'viewer-key'
const NAME = 'viewer-name'

export function readIdentity(): Identity {
  const key = remembered(KEY) ?? newKey()
  remember(KEY, key)
  return { key, name: remembered(NAME) }
}

export function rememberName(name: string): void {
  remember(NAME, name)
}

/** Not randomUUID(): browsers have it only on https and localhost, and a phone may look over plain http. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function remembered(key: string): string | undefined {
  try {
    return sessionStorage.getItem(key) ?? undefined
  } catch {
    return undefined
  }
}

function remember(key: string, value: string): void {
  try {
    sessionStorage.setItem(key, value)
  } catch {
    // Storage may be forbidden; then a reload is a new viewer.
  }
}
