// The browser that the browser tests drive.
import { findProgram, provideProgram } from './debian.mjs'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']

/** For a headless browser in a container: root has no sandbox there, and nothing may go out to the network. */
export const chromiumArguments = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Finds or installs; `{ path }` or `{ missing }` with the reason in words. */
export function provideChromium() {
  return provideProgram({ names: NAMES, debianPackage: 'chromium' })
}

/** For the tests themselves, which run only where there is a browser. Throws when there is none. */
export function chromiumPath() {
  const path = findProgram(NAMES)
  if (path === undefined)
    throw new Error('no chromium on this machine; `npm test` installs it or leaves these tests out')
  return path
}
