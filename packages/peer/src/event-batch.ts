import { laidMark, type Outgoing, type Room, Run } from '@wirepact/protocol'
import { type EventForm, type EventOrigin, SharedEvent } from './shared-event.ts'

/** A batch has at most so many bytes of messages: one that waits for the end of its turn must not become a burst. */
const mostBytes = 16 * 1024

/** Events of one topic that follow each other, on their way to many: what is sent is made once for each form. */
export class EventBatch<Origin extends EventOrigin> {
  /** Undefined while there is none in it. */
  origin: Origin | undefined
  first = 0
  last = 0
  #mark: object | undefined
  readonly #run = new Run()
  /** Plain values of what was laid out by shape. */
  #plain: Run | undefined
  #events: SharedEvent[] | undefined

  /** Whether this event can be added. */
  takes(origin: Origin, offset: number, mark: object | undefined): boolean {
    return (
      this.origin === origin &&
      this.#mark === mark &&
      this.last + 1 === offset &&
      this.#run.end < mostBytes &&
      !this.#run.busy
    )
  }

  /** Where the payload of the next event may be laid out, so that it need not be copied. */
  room(mark: object): Room | undefined {
    const { origin } = this
    if (origin === undefined || this.#mark !== mark || this.#run.busy) return undefined
    return this.#run.room(origin.alias, this.last + 1)
  }

  begin(origin: Origin, offset: number, mark: object | undefined): void {
    this.origin = origin
    this.#mark = mark
    this.first = offset
  }

  /** Adds what a log keeps of an event. */
  add(offset: number, data: Uint8Array, start: number, end: number): void {
    const { alias } = this.origin as Origin
    const isLaid = this.#mark !== undefined
    this.#run.addEvent(isLaid, alias, offset, data, isLaid ? start + 1 : start, end)
    this.last = offset
  }

  clear(): void {
    this.origin = undefined
    this.#run.clear()
    this.#plain = undefined
    this.#events = undefined
  }

  /** All messages in one form; undefined where there is no such thing. */
  run(form: EventForm): Run | undefined {
    if (form === 'json') return undefined
    if (this.#mark === undefined || (form === 'laid' && this.#mark === this.origin?.laid)) return this.#run
    if (this.#plain === undefined) {
      this.#plain = new Run()
      for (const event of this.events) this.#plain.add(event.message('plain') as Exclude<Outgoing, string>)
    }
    return this.#plain
  }

  /** One by one, for those who cannot take them all. */
  get events(): readonly SharedEvent[] {
    this.#events ??= Array.from({ length: this.last - this.first + 1 }, (_, nth) => this.#event(nth))
    return this.#events
  }

  #event(nth: number): SharedEvent {
    const mark = this.#mark
    const origin = this.origin as Origin
    const payload = this.#run.payload(nth)
    if (mark === undefined) return new SharedEvent({ offset: this.first + nth, data: payload.slice() }, origin, true)
    const data = new Uint8Array(payload.length + 1)
    data[0] = laidMark
    data.set(payload, 1)
    return new SharedEvent({ offset: this.first + nth, data, mark }, origin, true)
  }
}
