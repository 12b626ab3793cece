// First, because the contract's schemas are made when it is imported.
import '../../../machine/src/page/jitless.ts'
import { connect } from '@wirepact/client'
import { byId, make, say } from '../../../machine/src/page/dom.ts'
import { wireThemeButton } from '../../../machine/src/page/theme-button.ts'
import { files, type StoredFile, type UnfinishedFile } from '../contract.ts'
import { sizeWords } from '../size.ts'
import { ChecksumError, download, type TransferOptions, upload } from '../transfer.ts'
import { BrowserSink, browserHasher, sourceOf } from './browser-disk.ts'
import { failureWords } from './failure-words.ts'
import { TransferRow } from './transfer-row.ts'

const client = connect(files, '/rpc', { credentials: readToken() })
const { api, status } = client

/** It stays in the address, which is what one opens again; the fragment of an address is never sent. */
function readToken(): string {
  return location.hash.slice(1)
}

function addRow(name: string, bytes: number, direction: 'up' | 'down'): TransferRow {
  const row = new TransferRow(name, bytes, direction)
  byId('transfers-part', HTMLElement).hidden = false
  byId('transfers', HTMLElement).prepend(row.element)
  return row
}

function optionsOf(row: TransferRow): TransferOptions {
  const progress = (stored: number, resumed: number) => row.show(stored, resumed)
  return { hasher: browserHasher, progress, gate: row.gate.pass, signal: row.signal }
}

async function send(file: File, replace = false): Promise<void> {
  const row = addRow(file.name, file.size, 'up')
  try {
    const sum = await upload(api, sourceOf(file), { ...optionsOf(row), replace })
    row.done(`Stored and compared: SHA-256 ${sum.slice(0, 16)}…`)
  } catch (error) {
    row.failed(
      failureWords(error),
      action('Again', () => send(file), row),
      ...replacing(error, file, row),
    )
  }
  await refresh()
}

function replacing(error: unknown, file: File, row: TransferRow): HTMLElement[] {
  if ((error as { code?: string }).code !== 'EXISTS') return []
  return [action('Replace it', () => send(file, true), row)]
}

async function receive(file: StoredFile): Promise<void> {
  const row = addRow(file.name, file.bytes, 'down')
  const again = action('Go on', () => receive(file), row)
  let sink: BrowserSink | undefined
  try {
    sink = await BrowserSink.open(file)
    const sum = await download(api, file, sink, optionsOf(row))
    await sink.close()
    const link = URL.createObjectURL(await sink.file())
    const copy = sink
    row.removed = () => {
      URL.revokeObjectURL(link)
      void copy.remove()
    }
    const save = make('a', { href: link, download: file.name, 'data-testid': 'save' }, 'Save')
    row.done(`Complete and compared: SHA-256 ${sum.slice(0, 16)}…`, save)
  } catch (error) {
    // What is wrong is not to be gone on with.
    if (error instanceof ChecksumError) await sink?.discard()
    await sink?.close().catch(() => {})
    row.failed(failureWords(error), again)
  }
}

/** @param instead a row whose place it takes */
function action(words: string, act: () => unknown, instead?: TransferRow): HTMLElement {
  const button = make('button', { type: 'button' }, words)
  button.addEventListener('click', () => {
    instead?.element.remove()
    act()
  })
  return button
}

async function refresh(): Promise<void> {
  const { files: all, unfinished, freeBytes } = await api.list()
  const rows = [...all.map(rowOf), ...unfinished.map(unfinishedRowOf)]
  const nothing = make('li', { class: 'nothing' }, 'Nothing yet')
  byId('files', HTMLElement).replaceChildren(...(rows.length > 0 ? rows : [nothing]))
  say(byId('free', HTMLElement), `${sizeWords(freeBytes)} free`)
}

function rowOf(file: StoredFile): HTMLElement {
  const words = `${sizeWords(file.bytes)} · ${file.modifiedAt.toLocaleString()}`
  const get = action('Download', () => receive(file))
  return make(
    'li',
    { 'data-testid': 'file' },
    make('p', { class: 'name' }, file.name),
    make('p', { class: 'words' }, words),
    make('div', { class: 'actions' }, get),
  )
}

function unfinishedRowOf({ name, bytes, stored }: UnfinishedFile): HTMLElement {
  const words = `${sizeWords(stored)} of ${sizeWords(bytes)} are here: drop the same file, and it goes on`
  return make(
    'li',
    { 'data-testid': 'unfinished' },
    make('p', { class: 'name' }, name),
    make('p', { class: 'words' }, words),
    make('progress', { max: bytes, value: stored, 'aria-label': name }),
  )
}

function follow(): void {
  const { phase } = status.value
  const words = { connecting: 'Connecting', connected: 'Connected', reconnecting: 'Reconnecting', offline: 'Offline' }
  document.body.dataset.phase = phase
  say(byId('status-words', HTMLElement), phase === 'closed' ? 'Open the address that the server printed' : words[phase])
  // Refused for good, or lost again before it answered: the next connection asks again.
  if (phase === 'connected') refresh().catch(() => {})
}

function wireDrop(): void {
  const drop = byId('drop', HTMLElement)
  const pick = byId('pick', HTMLInputElement)
  const over = (isOver: boolean) => (event: DragEvent) => {
    event.preventDefault()
    drop.toggleAttribute('data-over', isOver)
  }
  // Everywhere: a file that misses the mark must not replace the page.
  addEventListener('dragover', over(true))
  addEventListener('dragleave', over(false))
  addEventListener('drop', (event) => {
    over(false)(event)
    for (const file of event.dataTransfer?.files ?? []) void send(file)
  })
  pick.addEventListener('change', () => {
    for (const file of pick.files ?? []) void send(file)
    pick.value = ''
  })
}

status.subscribe(follow)
follow()
wireDrop()
wireThemeButton(byId('theme', HTMLButtonElement), byId('theme-words', HTMLElement), () => {})
