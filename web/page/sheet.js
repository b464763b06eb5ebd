// The sheet has three faces in one place: the text box, the text while it is heard, and how it will be read. One button turns it.
import { byId } from './dom.js'

/** @typedef {'text' | 'following' | 'reading'} Face */

/** Dispatches `reading` when the reader asks how the text will be read. */
export class Sheet extends EventTarget {
  #box = byId('text', HTMLTextAreaElement)
  #button = byId('sheet-mode', HTMLButtonElement)
  /** @type {Record<Face, HTMLElement>} */
  #faces = { text: this.#box, following: byId('following', HTMLElement), reading: byId('reading', HTMLElement) }
  /** @type {Face} */
  #face = 'text'
  #isReading = false
  /** Of the text box, which the reader can make taller. */
  #heightPx = 0
  #following
  #translator

  /**
   * @param {import('./following.js').Following} following
   * @param {import('./i18n.js').Translator} translator
   */
  constructor(following, translator) {
    super()
    this.#following = following
    this.#translator = translator
    following.addEventListener('change', () => this.#turn())
    translator.addEventListener('change', () => this.#renderButton())
    this.#button.addEventListener('click', () => {
      if (this.#face === 'text') this.dispatchEvent(new Event('reading'))
      else this.edit()
    })
    this.#renderButton()
  }

  /** Shows how it will be read. */
  read() {
    this.#isReading = true
    this.#turn()
  }

  /** Shows the text box. */
  edit() {
    this.#isReading = false
    this.#following.dismiss()
    this.#turn()
    this.#box.focus({ preventScroll: true })
  }

  #turn() {
    if (this.#following.isOpen) this.#isReading = false
    const face = this.#following.isOpen ? 'following' : this.#isReading ? 'reading' : 'text'
    if (face === this.#face) return
    if (this.#face === 'text') this.#heightPx = this.#box.offsetHeight
    // The focus stays on the sheet where keys brought it there. Where a finger did, no phone must open its keyboard for it.
    const hadFocus = this.#faces[this.#face].matches(':focus-visible')
    for (const [name, element] of Object.entries(this.#faces)) {
      // Nothing else on the page moves when it begins to sound.
      if (name !== 'text') element.style.setProperty('--box-height', `${this.#heightPx}px`)
      element.hidden = name !== face
    }
    this.#face = face
    if (hadFocus) this.#faces[face].focus({ preventScroll: true })
    this.#renderButton()
  }

  #renderButton() {
    this.#button.textContent = this.#translator.t(this.#face === 'text' ? 'text.reading' : 'text.edit')
  }
}
