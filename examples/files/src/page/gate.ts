/** Holds whoever awaits it while it is shut. */
export class Gate {
  #shut: Promise<void> | undefined
  #open: () => void = () => {}

  get isShut(): boolean {
    return this.#shut !== undefined
  }

  shut(): void {
    this.#shut ??= new Promise((resolve) => {
      this.#open = resolve
    })
  }

  open(): void {
    this.#open()
    this.#shut = undefined
  }

  readonly pass = (): Promise<void> | undefined => this.#shut
}
