// What is counted in processes of their own: bytes on the wire, and what a call and an event cost in memory and in work.
import { join } from 'node:path'
import { root, run } from '../setup/workspace.mjs'

const WIRE = join(root, 'test/baseline/wire.mjs')
const LOOP = join(root, 'test/baseline/loop.mjs')
/** Compilers and collectors in threads of their own would do more or less, as they find time. */
const STEADY = ['--single-threaded']
const ROOM = ['--expose-gc', '--min-semi-space-size=128', '--max-semi-space-size=128']
/** Once everything is compiled, and once more work than that: starting up is in both. */
const [FEW, MANY] = [40_000, 120_000]

/** Bytes of messages, by conversation. */
export function measureWire() {
  return answerOf([WIRE])
}

/** Bytes allocated per call and per event, on both sides together: the median of nine lots. */
export async function measureAllocations() {
  const [call, event] = [await lotsOf('calls'), await lotsOf('events')]
  return { 'a call and its answer': Math.round(middle(call)), 'an event': Math.round(middle(event)) }
}

function lotsOf(what) {
  return answerOf([...STEADY, ...ROOM, LOOP, what])
}

async function answerOf(args) {
  const { code, output } = await run(process.execPath, args)
  if (code !== 0) throw new Error(`node ${args.join(' ')} ended with code ${code}:\n${output}`)
  return JSON.parse(output)
}

/** Why instructions cannot be counted here; undefined when they can. */
export async function whyNoInstructions() {
  const { code, output } = await counted(['-e', '0'])
  if (code === 127) return '`perf` is not installed'
  return readInstructions(output) === undefined ? 'this machine lets nobody read its counters' : undefined
}

/** Instructions of our own processes (none of the kernel's) per call and per event, on both sides together. */
export async function measureInstructions() {
  return { 'a call and its answer': await perUnit('calls'), 'an event': await perUnit('events') }
}

async function perUnit(what) {
  const few = await instructionsOf(what, FEW)
  const many = await instructionsOf(what, MANY)
  return Math.round((many - few) / (MANY - FEW))
}

async function instructionsOf(what, count) {
  const { output } = await counted([...STEADY, LOOP, what, String(count)])
  const instructions = readInstructions(output)
  if (instructions === undefined) throw new Error(`perf counted nothing:\n${output}`)
  return instructions
}

function counted(args) {
  return run('perf', ['stat', '-x,', '-e', 'instructions:u', process.execPath, ...args])
}

/** `495979899,,instructions:u,…`, or words in the place of the number. */
function readInstructions(output) {
  const [, count] = /^(\d+),[^,]*,instructions/m.exec(output) ?? []
  return count === undefined ? undefined : Number(count)
}

function middle(values) {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)]
}
