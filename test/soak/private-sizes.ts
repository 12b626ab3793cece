import { Session } from 'node:inspector'

/** How far below the object to look. Deeper lies what others own: the contract, the options of a test. */
const depth = 3

type Remote = { objectId?: string; type: string; subtype?: string; className?: string; description?: string }

/**
 * The sizes of all maps, sets and arrays in the fields of an object, and of the objects in its fields, private ones
 * included: what it holds on to, without a door for tests in the thing itself. By path, as `#sessions.#kept`.
 */
export function sizesIn(object: object): Record<string, number> {
  const session = new Session()
  session.connect()
  const sizes: Record<string, number> = {}
  const holder = globalThis as { lookedAt?: object }
  holder.lookedAt = object
  try {
    const found = post(session, 'Runtime.evaluate', { expression: 'globalThis.lookedAt', objectGroup: 'sizes' })
    visit(session, (found as { result: Remote }).result, '', depth, sizes)
  } finally {
    delete holder.lookedAt
    session.post('Runtime.releaseObjectGroup', { objectGroup: 'sizes' })
    session.disconnect()
  }
  return sizes
}

function visit(session: Session, object: Remote, path: string, left: number, sizes: Record<string, number>): void {
  const { result, privateProperties = [] } = post(session, 'Runtime.getProperties', {
    objectId: object.objectId,
    ownProperties: true,
  }) as { result: Field[]; privateProperties?: Field[] }
  for (const { name, value } of [...privateProperties, ...result]) {
    if (value?.objectId === undefined || skipped.has(name)) continue
    const at = path === '' ? name : `${path}.${name}`
    const size = /^(?:Map|Set|Array)\((\d+)\)$/.exec(value.description ?? '')
    if (size !== null) sizes[at] = Number(size[1])
    // Plain objects are settings; what a class made has state.
    else if (left > 0 && value.type === 'object' && value.className !== 'Object')
      visit(session, value, at, left - 1, sizes)
  }
}

interface Field {
  readonly name: string
  readonly value?: Remote
}

const skipped: ReadonlySet<string> = new Set(['#options', '#system', 'compiled', 'implementation', '__proto__'])

/** Within one thread the answer is there before `post` returns. */
function post(session: Session, method: string, parameters: object): unknown {
  let answer: unknown
  session.post(method, parameters, (error, result) => {
    if (error !== null) throw error
    answer = result
  })
  return answer
}
