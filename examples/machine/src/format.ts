import type { SensorInfo } from './contract.ts'

type Unit = SensorInfo['unit']

/** A number and its unit, apart, because they are set in different sizes. */
export type Amount = { number: string; unit: string }

const STEPS = ['B', 'KB', 'MB', 'GB', 'TB', 'PB']

/** Bytes in steps of 1024, with as many digits as help: 0 B, 512 B, 1.5 KB, 24 MB. */
export function bytes(value: number): Amount {
  let step = 0
  let rest = value
  // 999.5 and up would be shown with four digits: the next unit says it shorter.
  while (rest >= 999.5 && step < STEPS.length - 1) {
    rest /= 1024
    step++
  }
  const digits = step === 0 || rest >= 99.95 ? 0 : rest >= 9.995 ? 1 : 2
  return { number: trimZeros(rest.toFixed(digits)), unit: STEPS[step] ?? '' }
}

export function amount(value: number, unit: Unit): Amount {
  switch (unit) {
    case 'percent':
      return { number: value < 9.95 && value > 0 ? value.toFixed(1) : value.toFixed(0), unit: '%' }
    case 'bytes':
      return bytes(value)
    case 'bytes/s': {
      const { number, unit: step } = bytes(value)
      return { number, unit: `${step}/s` }
    }
    case 'processes':
      return { number: value.toFixed(2), unit: '' }
  }
}

/** The same in one string, with a space that does not break. */
export function inWords(value: number, unit: Unit): string {
  const { number, unit: step } = amount(value, unit)
  return step === '' ? number : `${number}\u00a0${step}`
}

/** 50 ms, 1 s, 2.5 s: as a person would say it. */
export function interval(ms: number): string {
  return ms < 1000 ? `${ms}\u00a0ms` : `${trimZeros((ms / 1000).toFixed(2))}\u00a0s`
}

/** 12 s, 3 min, 2 h 5 min, 4 d 3 h. */
export function duration(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  if (seconds < 60) return `${seconds}\u00a0s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes}\u00a0min`
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return pair(hours, 'h', minutes % 60, 'min')
  return pair(Math.floor(hours / 24), 'd', hours % 24, 'h')
}

export function count(value: number, one: string, many: string): string {
  return `${value.toLocaleString('en')}\u00a0${value === 1 ? one : many}`
}

export function clock(at: number): string {
  return new Date(at).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' })
}

function pair(big: number, bigUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${big}\u00a0${bigUnit}` : `${big}\u00a0${bigUnit} ${small}\u00a0${smallUnit}`
}

function trimZeros(digits: string): string {
  return digits.includes('.') ? digits.replace(/\.?0+$/, '') : digits
}
