/**
 * Runs before the page is painted, so that a chosen theme does not flash in the wrong colours first. It only sets the
 * attribute; the button is wired in theme-button.ts.
 */
try {
  const chosen = localStorage.getItem('theme')
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen
} catch {
  // Storage may be forbidden. The system's colours are right then.
}
