/** What a reader calls a workload; bench/README.md says exactly what happens in each. */
const TITLES: Readonly<Record<string, string>> = {
  W1: 'One call at a time',
  W1b: 'One call at a time during an upload',
  W2: 'Calls, 64 in flight',
  W3: 'Calls with answers of 1 KiB',
  W4: 'Events to one subscriber',
  W5: 'Events to 500, one at a time',
  W5b: 'Events to 500, 200 at a time',
  W6: 'Memory of an idle connection with one subscription',
  W7: 'Echo of 64 KiB, 8 in flight',
  W8: 'Bytes on the wire for one call and its answer',
  W9: '1,000 connections that call now and then',
  W10: 'Small items of one stream',
  W10u: 'Upload of 64 KiB blocks over one stream',
  W10d: 'Download of 64 KiB blocks over one stream',
  W10cu: 'The same upload, cut every 2 s',
  W10cd: 'The same download, cut every 2 s',
  W11: '5,000 sessions come back at once',
  W12: '50 clients with 4 tasks each',
  W13: '64 calls in flight whose handlers compute for 50 µs',
  'C-in-flight': 'Calls in flight on one connection',
  'C-subscribers': 'Subscribers of one event',
  'C-procedures': 'Procedures of a contract',
  'C-payload': 'Payload of a call',
}

/** `W2 · Calls, 64 in flight on one connection`. */
export function titleOf(workload: string): string {
  const title = TITLES[workload]
  return title === undefined ? workload : `${workload} · ${title}`
}

/** What is shown of a workload; undefined is the first metric that it has. */
export function shownMetric(workload: string): string | undefined {
  return workload === 'W7' ? 'payload' : undefined
}

export function kindOf(subject: string): 'ours' | 'variant' | 'other' {
  if (subject === 'wirepact') return 'ours'
  return subject.startsWith('wirepact') ? 'variant' : 'other'
}
