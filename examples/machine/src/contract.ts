import { contract, event, notification, procedure } from '@wirepact/contract'
// The small-bundle flavour of zod: the page carries this file too.
import * as z from 'zod/mini'

/**
 * Everything that can pass between the machine and its viewers. Both sides import this file and nothing of each other.
 */

/** No faster than this, in milliseconds: the kernel's own counters move every 10 ms, and measuring costs time itself. */
export const MINIMUM_INTERVAL_MS = 50
export const MAXIMUM_INTERVAL_MS = 10_000

export const Reading = z.object({
  /** Counts 1, 2, 3 … for each sensor since the server started, so that a viewer can prove that it missed none. */
  seq: z.int(),
  at: z.date(),
  /** One number per series of the sensor, in the sensor's unit. */
  values: z.array(z.number()),
})

export const Viewer = z.object({
  id: z.int(),
  name: z.string(),
  /** False for a little while after the connection went: most come back. */
  here: z.boolean(),
})

const Sensor = z.object({
  name: z.string(),
  title: z.string(),
  unit: z.enum(['percent', 'bytes', 'bytes/s', 'processes']),
  series: z.array(z.string()),
  ceiling: z.optional(z.number()),
  /** The number of the newest reading there is; 0 before the first. */
  newest: z.int(),
})

const Machine = z.object({
  hostname: z.string(),
  system: z.string(),
  processor: z.string(),
  cores: z.int(),
  memoryBytes: z.number(),
  startedAt: z.date(),
  sensors: z.array(Sensor),
})

const SensorName = z.string().check(z.maxLength(40))
const NO_SUCH_SENSOR = z.object({ known: z.array(z.string()) })

export const machine = contract({
  server: {
    machine: {
      describe: procedure({ output: Machine, idempotent: true }),
    },
    sensors: {
      latest: procedure({
        input: z.object({ sensor: SensorName }),
        output: Reading,
        errors: { NO_SUCH_SENSOR },
        idempotent: true,
      }),
      /** The readings before a given one, oldest first, a page at a time; without `before`, the newest. */
      history: procedure({
        input: z.object({
          sensor: SensorName,
          before: z.optional(z.int().check(z.positive())),
          limit: z.int().check(z.minimum(1), z.maximum(1000)),
        }),
        output: z.object({ readings: z.array(Reading), more: z.boolean() }),
        errors: { NO_SUCH_SENSOR },
        idempotent: true,
      }),
    },
    sampling: {
      /** Changes how often everybody gets a reading, if everybody agrees. */
      setInterval: procedure({
        input: z.object({ intervalMs: z.int().check(z.positive(), z.maximum(MAXIMUM_INTERVAL_MS)) }),
        output: z.object({ intervalMs: z.int() }),
        errors: {
          TOO_FAST: z.object({ askedMs: z.int(), minimumMs: z.int() }),
          DECLINED: z.object({ by: z.string() }),
          BUSY: z.object({ by: z.string() }),
        },
      }),
    },
    viewer: {
      rename: procedure({
        input: z.object({ name: z.string().check(z.trim(), z.minLength(1), z.maxLength(24)) }),
        output: z.object({ name: z.string() }),
        errors: { TAKEN: z.object({ name: z.string() }) },
      }),
      /** Destroys this viewer's socket, and keeps the door shut for a while. Nobody could answer, so nobody is asked to. */
      cut: notification({ input: z.object({ forMs: z.int().check(z.minimum(0), z.maximum(60_000)) }) }),
    },
  },
  client: {
    confirm: procedure({
      input: z.object({
        question: z.string(),
        detail: z.string(),
        yes: z.string(),
        no: z.string(),
        /** How long the asker waits, in milliseconds, and what it will make of silence. */
        patienceMs: z.int(),
        silenceMeans: z.enum(['yes', 'no']),
      }),
      output: z.boolean(),
    }),
  },
  events: {
    reading: event({
      topic: z.object({ sensor: SensorName }),
      payload: Reading,
      // A viewer that was away too long draws the gap as a gap; history() may still fill it.
      onGap: 'skip',
    }),
  },
  /** What the server keeps up to date for each viewer. */
  state: z.object({
    you: z.int(),
    intervalMs: z.int(),
    viewers: z.array(Viewer),
  }),
})

export type Reading = z.output<typeof Reading>
export type Viewer = z.output<typeof Viewer>
export type Machine = z.output<typeof Machine>
export type SensorInfo = z.output<typeof Sensor>
export type Question = z.output<typeof machine.client.confirm.input>
