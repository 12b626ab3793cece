import type { BenchEvent } from '../harness/shapes.ts'

/** A way to fan events out over several nodes. What is measured loads one of them. */
export interface ClusterSubject {
  /** In one sentence. */
  readonly about: string
  readonly packages: readonly string[]
  /** One node of those that share the engine at this URL. */
  serve(redisUrl: string): Promise<ClusterNode>
  /** A subscriber of the node at this port, from when it resolves. */
  subscribe(port: number, next: (event: BenchEvent) => void): Promise<void>
}

export interface ClusterNode {
  readonly port: number
  /** To all subscribers of all nodes. */
  publish(event: BenchEvent): void
}

/** `beside`: the address of a script in the folder that the built subjects are in. */
export async function loadSubject(name: string, beside: string): Promise<ClusterSubject> {
  const address = new URL(`${name}.js`, beside).href
  return ((await import(address)) as { readonly subject: ClusterSubject }).subject
}
