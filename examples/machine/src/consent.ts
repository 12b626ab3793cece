import type { Question } from './contract.ts'
import { interval } from './format.ts'

/** Faster than this, in milliseconds, measuring costs enough to be worth a question. */
export const COSTLY_BELOW_MS = 250

/** Somebody who can be asked. Rejects when the connection is lost, or the time is over. */
export type Asked = { name: string; confirm(question: Question): Promise<boolean> }

export type Change = {
  asker: Asked
  others: readonly Asked[]
  fromMs: number
  toMs: number
  /** What one round of measuring costs, in milliseconds of processor time. */
  costMs: number
  patienceMs: number
}

/**
 * Asks everybody whom a change of pace concerns, all at once: the other viewers, because their charts change too, and the
 * asker where it makes the machine work noticeably harder, because only the machine knows how much.
 *
 * @returns who said no first, or undefined when nobody did
 */
export async function firstToDecline({ asker, others, ...change }: Change): Promise<string | undefined> {
  const { fromMs, toMs, costMs, patienceMs } = change
  const answers = others.map((other) =>
    agrees(other, {
      question: `${asker.name} would like a reading every ${interval(toMs)}. All right with you?`,
      detail: `At the moment there is one every ${interval(fromMs)}. The change is for everybody.`,
      yes: 'Fine with me',
      no: 'Please don’t',
      patienceMs,
      silenceMeans: 'yes',
    }).then((agreed) => (agreed ? undefined : other.name)),
  )
  if (toMs < COSTLY_BELOW_MS && toMs < fromMs) {
    const share = Math.max(0.1, (100 * costMs) / toMs)
    answers.push(
      agrees(asker, {
        question: `Really measure ${Math.round(1000 / toMs)} times a second?`,
        detail: `One round costs ${costMs.toFixed(1)} ms of processor time, so that would keep ${share.toFixed(1)} % of a core busy with looking at itself.`,
        yes: 'Yes, go on',
        no: 'Rather not',
        patienceMs,
        silenceMeans: 'no',
      }).then((agreed) => (agreed ? undefined : 'you')),
    )
  }
  // The first no decides at once; nobody has to wait for the rest.
  return new Promise((resolve) => {
    for (const answer of answers) void answer.then((by) => by !== undefined && resolve(by))
    void Promise.all(answers).then(() => resolve(undefined))
  })
}

/** Somebody who lost the connection, or closed the page while being asked, has not answered: silence speaks for them. */
async function agrees(who: Asked, question: Question): Promise<boolean> {
  return who.confirm(question).catch(() => question.silenceMeans === 'yes')
}
