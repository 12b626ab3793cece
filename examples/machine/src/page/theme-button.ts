const ORDER = ['auto', 'light', 'dark'] as const
type Theme = (typeof ORDER)[number]

const WORDS: Record<Theme, string> = {
  auto: 'Colours: like the system',
  light: 'Colours: light',
  dark: 'Colours: dark',
}

/** The button that goes through the system's colours, light and dark. `changed` runs after every change, the system's too. */
export function wireThemeButton(button: HTMLButtonElement, words: HTMLElement, changed: () => void): void {
  const root = document.documentElement
  const current = (): Theme => ORDER.find((theme) => theme === root.dataset.theme) ?? 'auto'
  const say = () => {
    words.textContent = WORDS[current()]
    button.title = WORDS[current()]
  }
  button.addEventListener('click', () => {
    const next = ORDER[(ORDER.indexOf(current()) + 1) % ORDER.length] ?? 'auto'
    if (next === 'auto') delete root.dataset.theme
    else root.dataset.theme = next
    try {
      localStorage.setItem('theme', next)
    } catch {
      // Without storage the choice lasts as long as the page.
    }
    say()
    changed()
  })
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', changed)
  say()
}
