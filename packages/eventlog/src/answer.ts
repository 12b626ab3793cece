/**
 * What a log answers: at once where it can (the in-memory log does, so that a publish costs no promise), later where
 * an engine is asked. Failures follow the same rule: a throw from the first kind, a rejection from the second.
 * `await` meets both.
 */
export type Answer<T> = T | Promise<T>
