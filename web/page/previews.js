// Lets the chosen voice say one sentence, beside whatever is in hand; what a voice has said is kept, so that it is instant next time.
import { previewText } from './voices.js'

/** @typedef {import('./speaker.js').Speaker} Speaker */
/** @typedef {import('./speaker.js').Take} Take */

export class Previews {
  /** @type {Map<string, Take>} */
  #kept = new Map()
  #previewer
  #menu
  #translator

  /**
   * @param {object} parts
   * @param {Speaker} parts.previewer a speaker of its own
   * @param {Speaker} parts.speaker the page's speaker: it rests while a voice is tried, and a preview ends when it plays
   * @param {import('./voice-menu.js').VoiceMenu} parts.menu
   * @param {import('./i18n.js').Translator} parts.translator
   */
  constructor({ previewer, speaker, menu, translator }) {
    this.#previewer = previewer
    this.#menu = menu
    this.#translator = translator
    menu.addEventListener('preview', () => {
      if (this.#isSounding) previewer.stop()
      else {
        speaker.pause()
        this.play()
      }
    })
    menu.addEventListener('choose', () => previewer.stop())
    previewer.addEventListener('change', () => menu.showPreviewing(this.#isSounding))
    previewer.addEventListener('kept', (event) => {
      const { take } = /** @type {CustomEvent<{take: Take}>} */ (event).detail
      if (take.isWhole) this.#kept.set(keyOf(take.request), take)
    })
    speaker.addEventListener('change', () => {
      if (speaker.phase !== 'idle' || speaker.playing) previewer.stop()
    })
  }

  get #isSounding() {
    return this.#previewer.phase !== 'idle' || this.#previewer.playing
  }

  /** Plays the chosen voice's preview. The automatic choice is heard in the page's language. */
  play() {
    const voice = this.#menu.value
    const text = previewText(this.#menu.find(voice) ?? { language: this.#translator.language })
    const kept = this.#kept.get(keyOf({ voice, text }))
    if (kept) void this.#previewer.replay(kept)
    else void this.#previewer.speak({ text, voice, speed: 1, seed: 0 })
  }
}

/** @param {{voice: string, text: string}} request */
const keyOf = ({ voice, text }) => `${voice} ${text}`
