/** Who this tab is to the exchange: a secret of its own, which it keeps when it is reloaded. */
export function readIdentity(): { key: string } {
  const fresh = crypto.randomUUID()
  try {
    const key = sessionStorage.getItem('key') ?? fresh
    sessionStorage.setItem('key', key)
    return { key }
  } catch {
    // Storage may be forbidden: then it lasts as long as the page.
    kept ??= fresh
    return { key: kept }
  }
}

let kept: string | undefined
