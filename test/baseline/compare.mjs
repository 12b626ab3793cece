// A baseline only holds what may not grow unnoticed: less is always welcome, and more has to be said.

/** How much more than the baseline counts as the same, as a share: what repeated runs differed by, and some room. */
export const TOLERANCES = {
  /** The same to the byte everywhere. */
  wire: 0,
  /** The same for one version of a compiler: TypeScript 7, and 5.9. */
  types: 0,
  types59: 0,
  /** Lots of one run differ by 5 %, medians of runs by 1 %, whatever else the machine does. */
  allocations: 0.04,
  /**
   * Runs on a quiet machine differ by 2 %; on a busy one chunks come otherwise, and cost up to 10 % more. Another
   * processor has other instructions for copying and comparing.
   */
  instructions: 0.1,
}

/**
 * What grew, what is missing and what is new, as sentences for the person whose change it was; empty when all is well.
 *
 * @param baseline,measured figures by group and name; a group that could not be measured is left out of `measured`
 */
export function complaintsAbout(baseline, measured) {
  return Object.entries(measured).flatMap(([group, figures]) => {
    const kept = baseline[group] ?? {}
    const names = new Set([...Object.keys(kept), ...Object.keys(figures)])
    return [...names].flatMap((name) => complaintAbout(`${group}: ${name}`, kept[name], figures[name], group))
  })
}

function complaintAbout(name, kept, now, group) {
  if (kept === undefined) return [`${name} is measured (${now}), but not in the baseline. ${UPDATE}`]
  if (now === undefined) return [`${name} is in the baseline, but is not measured any more. ${UPDATE}`]
  const allowed = TOLERANCES[group]
  if (now <= kept * (1 + allowed)) return []
  const grown = `${now} ${UNITS[group]} instead of ${kept}, ${percent(now / kept - 1)} more`
  return [
    `${name} has grown: ${grown}, where ${allowed === 0 ? 'nothing' : percent(allowed)} is allowed. ${WHAT_TO_DO[group]} ${UPDATE}`,
  ]
}

/** What became less by more than its tolerance: worth keeping. */
export function gainsOver(baseline, measured) {
  return Object.entries(measured).flatMap(([group, figures]) =>
    Object.entries(figures)
      .filter(([name, now]) => now < (baseline[group]?.[name] ?? 0) * (1 - TOLERANCES[group]))
      .map(([name, now]) => `${group}: ${name}: ${now} ${UNITS[group]} instead of ${baseline[group][name]}`),
  )
}

const UNITS = {
  wire: 'bytes',
  types: 'instantiations per procedure',
  types59: 'instantiations per procedure',
  allocations: 'bytes allocated',
  instructions: 'instructions',
}

const WHAT_TO_DO = {
  wire: 'PROTOCOL.md says what each message carries; did one get a field, or lose its layout?',
  types: '`node bench/types.mjs` shows all programs.',
  types59: '`node bench/types.mjs` shows all programs.',
  allocations: '`npm run bench -- --workloads W2,W4 --subjects wirepact --profile FOLDER` says who allocates.',
  instructions: '`npm run bench -- --workloads W2,W4 --subjects wirepact --profile FOLDER` says where time goes.',
}

const UPDATE = 'If it is worth that, say why in the commit, and run `node test/baseline.mjs --update`.'

function percent(share) {
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`
}
