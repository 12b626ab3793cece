import type { Server as HttpServer, IncomingMessage } from 'node:http'
import type { Server as HttpsServer } from 'node:https'
import type { Duplex } from 'node:stream'
import { asksForWebSocket } from '../handshake/server.ts'
import { fieldText } from './header-text.ts'
import { refuse } from './refuse.ts'
import { pathOf } from './upgrade-request.ts'

export type AnyHttpServer = HttpServer | HttpsServer

/** One `attach`: the path it serves and what it does with an upgrade. */
export interface Route {
  /** Undefined serves every path that no other route serves. */
  readonly path: string | undefined
  upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void
}

/**
 * All routes of one HTTP server behind one `upgrade` listener.
 *
 * Node.js leaves an upgraded socket to the listeners, and nobody else closes it. So an upgrade that no route serves is
 * left alone only while somebody else listens too; otherwise it is answered here, or its client would wait for ever.
 */
class UpgradeRouter {
  readonly #server: AnyHttpServer
  readonly #routes: Route[] = []

  constructor(server: AnyHttpServer) {
    this.#server = server
  }

  add(route: Route): void {
    if (this.#routes.length === 0) this.#server.on('upgrade', this.#onUpgrade)
    this.#routes.push(route)
  }

  remove(route: Route): void {
    const index = this.#routes.indexOf(route)
    if (index < 0) return
    this.#routes.splice(index, 1)
    if (this.#routes.length === 0) this.#server.off('upgrade', this.#onUpgrade)
  }

  readonly #onUpgrade = (request: IncomingMessage, stream: Duplex, head: Buffer): void => {
    const path = pathOf(request.url ?? '/')
    const isWebSocket = asksForWebSocket((name) => fieldText(request, name))
    const route = isWebSocket ? this.#routeFor(path) : undefined
    if (route !== undefined) {
      route.upgrade(request, stream, head)
      return
    }
    if (this.#server.listenerCount('upgrade') > 1) return
    stream.on('error', () => stream.destroy())
    if (isWebSocket) refuse(stream, 404, `Nothing speaks WebSocket at ${path}\n`, {})
    else refuse(stream, 400, 'Only upgrades to WebSocket are served here\n', {})
  }

  #routeFor(path: string): Route | undefined {
    return this.#routes.find((route) => route.path === path) ?? this.#routes.find((route) => route.path === undefined)
  }
}

const routers = new WeakMap<AnyHttpServer, UpgradeRouter>()

export function routerOf(server: AnyHttpServer): UpgradeRouter {
  let router = routers.get(server)
  if (router === undefined) {
    router = new UpgradeRouter(server)
    routers.set(server, router)
  }
  return router
}
