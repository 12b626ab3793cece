/** `npm run soak` runs the long forms; otherwise these are short ones. */
export const long = process.env.WIREPACT_SOAK === '1'

/** Decides all chance. `WIREPACT_SEED` gives another. */
export const seed = Number(process.env.WIREPACT_SEED ?? 1)
