// How the text will be read, before it is spoken: each sentence as it is written, in words, and in sounds.
import { byId, make } from './dom.js'

/** @typedef {import('./i18n.js').Translator} Translator */
/** @typedef {import('../client/http.js').SentenceReading} SentenceReading */

/** More the server does not read at once. */
const MOST_CHARACTERS = 4096

export class ReadingView {
  #list = byId('reading', HTMLElement)
  #translator
  /** @type {{sentences: readonly SentenceReading[], isCut: boolean} | null} null while it is on its way */
  #reading = null

  /** @param {Translator} translator */
  constructor(translator) {
    this.#translator = translator
    translator.addEventListener('change', () => this.#render())
  }

  /**
   * Shows a text's reading when it has come.
   * @param {object} asked
   * @param {string} asked.text
   * @param {boolean} asked.ssml
   * @param {(text: string) => Promise<SentenceReading[]>} asked.read
   * @throws {import('./link.js').Problem} where it cannot be read
   */
  async show({ text, ssml, read }) {
    this.#reading = null
    this.#render()
    const beginning = ssml ? text : cut(text)
    const sentences = await read(beginning)
    this.#reading = { sentences, isCut: beginning.length < text.length }
    this.#list.scrollTop = 0
    this.#render()
  }

  #render() {
    const translator = this.#translator
    if (!this.#reading) {
      this.#list.replaceChildren(make('p', 'hint', translator.t('reading.coming')))
      return
    }
    const { sentences, isCut } = this.#reading
    const rows = sentences.map(({ text, spoken, phonemes, language }) => {
      const written = make('p', 'reading-text', text.trim())
      written.lang = language
      /** @type {HTMLElement[]} */
      const parts = [written]
      if (spoken.trim() !== text.trim()) {
        const words = make('dd', '', spoken.trim())
        words.lang = language
        parts.push(make('dl', 'reading-line', make('dt', '', translator.t('reading.said')), words))
      }
      // Hardly any font has that letter; these two are the same sound.
      parts.push(make('dl', 'reading-line sounds', make('dt', '', translator.t('reading.sounds')), make('dd', '', phonemes.replaceAll('ꭧ', 'ʈʂ'))))
      return make('li', '', ...parts)
    })
    const count = MOST_CHARACTERS.toLocaleString(translator.language)
    const note = isCut ? [make('p', 'hint', translator.t('reading.cut', { count }))] : []
    this.#list.replaceChildren(make('ol', '', ...rows), ...note)
  }
}

/**
 * As much of a text as can be read at once, ending with a sentence where there is one.
 * @param {string} text
 */
export function cut(text) {
  const characters = [...text.slice(0, 2 * MOST_CHARACTERS + 2)]
  if (characters.length <= MOST_CHARACTERS) return text
  const beginning = characters.slice(0, MOST_CHARACTERS).join('')
  const ends = [...beginning.matchAll(/[.!?](?=\s)|[。！？\n]/g)]
  const last = ends.at(-1)
  return last ? beginning.slice(0, last.index + 1) : beginning
}
