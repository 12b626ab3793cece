/** A running average of what something costs, in milliseconds of processor time; the newest of about ten count most. */
export type Cost = { add(usage: NodeJS.CpuUsage): void; readonly averageMs: number }

export function createCost(): Cost {
  let average: number | undefined
  return {
    add({ user, system }) {
      const ms = (user + system) / 1000
      average = average === undefined ? ms : average + (ms - average) / 10
    },
    get averageMs() {
      return average ?? 0
    },
  }
}
