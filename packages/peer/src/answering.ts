import type { StartAnswering } from './answers.ts'
import { Dispatcher } from './dispatch.ts'

/** Answers calls with handlers. A door of its own, so that a client without handlers does not carry it. */
export const answerWithHandlers: StartAnswering = (session, options) => new Dispatcher(session, options)
