/** How much the node is to publish from now on. */
export interface NodeOrder {
  readonly perSecond: number
}

/** What the node says of itself, ten times a second. */
export interface NodeReport {
  readonly heard: number
  readonly gaps: number
  readonly acknowledged: number
  readonly failed: number
  /** The longest that a publish took to fail. */
  readonly slowestMs: number
  readonly ready: boolean
  readonly rssMiB: number
}
