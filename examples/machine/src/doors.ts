/** Doors that can be kept shut for somebody for a while: what makes a cut last as long as a person can watch it. */
export type Doors = { shut(key: string, forMs: number): void; opened(key: string): Promise<void> }

export function createDoors(now: () => number = () => performance.now()): Doors {
  const shutUntil = new Map<string, number>()
  return {
    shut(key, forMs) {
      shutUntil.set(key, now() + forMs)
    },
    async opened(key) {
      for (;;) {
        const left = (shutUntil.get(key) ?? 0) - now()
        if (left <= 0) break
        await new Promise((resolve) => setTimeout(resolve, left))
      }
      shutUntil.delete(key)
    },
  }
}
