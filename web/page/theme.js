// Light, dark, or as the system: keeps the choice and the page's colours in step.

/** @typedef {import('./settings.js').Settings['theme']} ThemeChoice */

/** @type {readonly ThemeChoice[]} */
const CHOICES = ['system', 'light', 'dark']

/** Dispatches `change` after the choice or the colours have changed. */
export class Theme extends EventTarget {
  #dark = matchMedia('(prefers-color-scheme: dark)')

  /** @param {ThemeChoice} choice */
  constructor(choice) {
    super()
    this.choice = choice
    this.#dark.addEventListener('change', () => this.#apply())
    this.#apply()
  }

  /** Goes on to the next choice: system, light, dark, and round again. */
  next() {
    this.choice = CHOICES[(CHOICES.indexOf(this.choice) + 1) % CHOICES.length]
    this.#apply()
    return this.choice
  }

  #apply() {
    const isDark = this.choice === 'dark' || (this.choice === 'system' && this.#dark.matches)
    document.documentElement.dataset.theme = isDark ? 'dark' : 'light'
    const paper = getComputedStyle(document.documentElement).getPropertyValue('--paper').trim()
    for (const meta of document.querySelectorAll('meta[name="theme-color"]')) meta.setAttribute('content', paper)
    this.dispatchEvent(new Event('change'))
  }
}
