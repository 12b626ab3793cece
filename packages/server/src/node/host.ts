import type { UpgradeRequest } from '@wirepact/websocket/node'

/** Names under which the server may be asked for, without a port; `any` for all of them. */
export type HostPolicy = 'any' | readonly string[]

/**
 * Why a request for this host must not become a connection; undefined when it may.
 *
 * A page can have the name of its own site resolve to this machine (DNS rebinding): its browser then takes a server that
 * only this machine reaches for the page's own, and origin and host agree. So a request that comes from this machine has
 * to name it as what it is, unless the name is a listed one or a proxy sent the request on. A proxy says so in a header
 * that no page can set for a WebSocket. An address needs no name server, and cannot be rebound.
 */
export function hostRefusal(request: UpgradeRequest, policy: HostPolicy | undefined): string | undefined {
  const { headers, host, remoteAddress } = request
  const name = nameOf(host)
  if (policy === 'any' || isOwnName(name)) return undefined
  if (policy !== undefined) {
    return policy.some((each) => each.toLowerCase() === name) ? undefined : `${name} is not served here (option hosts)`
  }
  const isForwarded = forwarding.some((header) => headers[header] !== undefined)
  if (isForwarded || remoteAddress === undefined || !isLoopbackAddress(remoteAddress) || isAddress(name))
    return undefined
  return `${name} is not a name of this machine; the option hosts allows it`
}

const forwarding = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip']

function nameOf(host: string): string {
  return host.toLowerCase().replace(/:\d+$/, '').replace(/\.$/, '')
}

/** Names that browsers never ask a name server for. */
function isOwnName(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost')
}

function isAddress(name: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(name) || /^\[[\da-f:.]+\]$/.test(name)
}

function isLoopbackAddress(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127\./.test(address)
}
