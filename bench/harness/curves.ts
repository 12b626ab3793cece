import type { Curve, Figure, Run, Times, Work } from './workload.ts'

/** The first place is warmed up for so long at least: it would pay alone for what the engine compiles. */
const FIRST_WARM_UP_MS = 1_500

/** What is done at one place of the axis. */
interface Stage {
  warmUp(): Promise<unknown>
  work(): Promise<Work>
  /** Other figures of this place, asked after the work. */
  figures?(rate: number): readonly Figure[]
}

/** What measuring curves at so many places takes, in ms. */
export function curvesLastMs(places: number, { warmUpMs, measureMs }: Times): number {
  return FIRST_WARM_UP_MS + places * (warmUpMs + measureMs)
}

/**
 * Measures one place of an axis after the other, in the same two processes, from the first to the last. Answers with a
 * curve for each figure.
 */
export async function measureCurves(
  run: Pick<Run, 'measure'>,
  axis: string,
  places: readonly number[],
  at: (place: number) => Stage | Promise<Stage>,
): Promise<readonly Curve[]> {
  const curves = new Map<string, { readonly unit: string; readonly points: (readonly [number, number])[] }>()
  for (const place of places) {
    const stage = await at(place)
    const warm = performance.now() + (curves.size === 0 ? FIRST_WARM_UP_MS : 0)
    do await stage.warmUp()
    while (performance.now() < warm)
    const measured = await run.measure(() => stage.work())
    for (const { metric, unit, value } of [...measured, ...(stage.figures?.(measured[0]?.value ?? 0) ?? [])]) {
      const curve = curves.get(metric) ?? { unit, points: [] }
      curve.points.push([place, value])
      curves.set(metric, curve)
    }
  }
  return [...curves].map(([metric, { unit, points }]) => ({ metric, unit, axis, points }))
}
