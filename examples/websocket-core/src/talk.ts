import { drive, type Wire } from './drive.ts'

export interface Talk {
  readonly answers: string[]
  readonly end: string
}

/** Say these things to an echo on the other end of a wire, wait for the answers, and close. */
export function talk(wire: Wire, words: readonly string[]): Promise<Talk> {
  const answers: string[] = []
  return new Promise((resolve) => {
    const { connection, settle } = drive(wire, 'client', {
      message(bytes, start, end) {
        answers.push(new TextDecoder().decode(bytes.subarray(start, end)))
        if (answers.length === words.length) connection.close(1000, 'that was all')
      },
      closed: (code, _reason, clean) => resolve({ answers, end: `${code} ${clean ? 'clean' : 'unclean'}` }),
    })
    for (const word of words) connection.sendText(word)
    settle()
  })
}
