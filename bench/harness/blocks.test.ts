import { expect, it } from 'vitest'
import { echoesOf } from './blocks.ts'

it('blocks are recognised by their number and their ends', () => {
  const { inputAt, isAnswerTo } = echoesOf(async (bytes) => bytes, 16)
  const block = inputAt(70_000)
  expect(block).toHaveLength(16)
  expect(isAnswerTo(block, block.slice())).toBe(true)
  expect(isAnswerTo(block, inputAt(70_001))).toBe(false)
  expect(isAnswerTo(block, block.subarray(0, 15))).toBe(false)
  expect(
    isAnswerTo(
      block,
      block.map((byte, at) => (at === 15 ? byte + 1 : byte)),
    ),
  ).toBe(false)
})
