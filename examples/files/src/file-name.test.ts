import { basename, join, normalize, resolve, win32 } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { badName } from './file-name.ts'

describe('a name', () => {
  it.each(['a', 'a.txt', 'two words.tar.gz', 'Größe (1).pdf', '文件', '..a'.slice(2), 'console.log', 'a'.repeat(255)])(
    '%j is one',
    (name) => expect(badName(name)).toBeUndefined(),
  )

  it.each([
    ...['', '.', '..', '.partial', '.ssh', '...', 'a.', 'a '],
    ...['/etc/passwd', '../a', '..\\a', 'a/b', 'a\\b', 'a/../../b', 'C:a', 'C:\\a', 'a:stream', '//host/share'],
    ...['a\0', 'a\0.txt', 'a\nb', '\u007f', 'a\ud800', 'NUL', 'con.txt', 'COM1', 'ä'.repeat(128)],
  ])('%j is none', (name) => expect(badName(name)).toMatch(/^(it|some) /))

  it('never leads out of its folder, on any system', () => {
    const part = fc.constantFrom('.', '..', '/', '\\', ':', '\0', 'C', 'a', 'nul', ' ', '~', '%2e%2e', '%2f')
    const names = fc.oneof(
      fc.array(part, { maxLength: 8 }).map((parts) => parts.join('')),
      fc.string({ unit: 'binary' }),
    )
    fc.assert(
      fc.property(names, (name) => {
        if (badName(name) !== undefined) return
        expect(resolve('/folder', name)).toBe(`/folder/${name}`)
        expect(normalize(join('/folder', name))).toBe(`/folder/${name}`)
        expect(win32.resolve('C:\\folder', name)).toBe(`C:\\folder\\${name}`)
        expect(basename(name)).toBe(name)
      }),
    )
  })
})
