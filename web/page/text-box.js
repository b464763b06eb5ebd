// The text box: counts as one types, takes a sample or an old text, and gives back what that replaced.
import { byId, make } from './dom.js'
import { countCharacters } from './format.js'
import { samplesFor } from './samples.js'

/** @typedef {import('./i18n.js').Translator} Translator */

/** Dispatches `sample` when the reader picks a sample; its text is in the box by then. */
export class TextBox extends EventTarget {
  #area = byId('text', HTMLTextAreaElement)
  #count = byId('count', HTMLElement)
  #putBack = byId('put-back', HTMLButtonElement)
  #chips = byId('samples', HTMLElement)
  #translator
  /** What the page itself put in; anything else is the reader's own and worth keeping. */
  #given = ''
  /** The reader's own text that was replaced. */
  #own = ''

  /** @param {Translator} translator */
  constructor(translator) {
    super()
    this.#translator = translator
    this.#area.addEventListener('input', () => {
      this.#putBack.hidden = true
      this.#renderCount()
    })
    this.#putBack.addEventListener('click', () => {
      this.#set(this.#own)
      this.#given = ''
      this.#putBack.hidden = true
      this.#area.focus()
    })
    translator.addEventListener('change', () => this.#render())
    this.#render()
  }

  get value() {
    return this.#area.value
  }

  focus() {
    this.#area.focus()
  }

  /**
   * Shows a stretch of the text as one that is to be looked at.
   * @param {number} start
   * @param {number} end one past its last, UTF-16 code units
   */
  select(start, end) {
    this.#area.focus()
    this.#area.setSelectionRange(start, end)
  }

  /** @param {string} text takes the place of what is there; the reader's own words can be put back */
  give(text) {
    const before = this.#area.value
    if (before.trim() && before !== this.#given && before !== text) {
      this.#own = before
      this.#putBack.hidden = false
    }
    this.#given = text
    this.#set(text)
  }

  /** @param {string} text */
  #set(text) {
    this.#area.value = text
    this.#area.scrollTop = 0
    this.#renderCount()
  }

  #render() {
    this.#renderCount()
    const chips = samplesFor(this.#translator.language).map(({ title, language, text }) => {
      const chip = make('button', 'chip', make('span', '', title))
      chip.type = 'button'
      chip.lang = language
      chip.addEventListener('click', () => {
        this.give(text)
        this.dispatchEvent(new Event('sample'))
      })
      return chip
    })
    this.#chips.replaceChildren(...chips)
  }

  #renderCount() {
    const count = countCharacters(this.#area.value)
    const { language } = this.#translator
    this.#count.textContent = this.#translator.t(count === 1 ? 'text.count_one' : 'text.count_other', {
      count: count.toLocaleString(language),
    })
  }
}
