// The voice menu: a plain select, so that every phone shows its own picker, and one button that lets the chosen voice speak.
import { icon, make } from './dom.js'
import { AUTOMATIC, groupName, groupVoices, voiceName, voiceNote } from './voices.js'

/** @typedef {import('./i18n.js').Translator} Translator */
/** @typedef {import('./voices.js').Voice} Voice */

/** Dispatches `choose` and `preview`. */
export class VoiceMenu extends EventTarget {
  /** @type {readonly Voice[]} */
  #voices = []
  /** The reader's choice, also while the list is still on its way. */
  #chosen
  #isPreviewing = false
  #select
  #preview
  #translator

  /**
   * @param {object} parts
   * @param {HTMLSelectElement} parts.select
   * @param {HTMLButtonElement} parts.preview
   * @param {Translator} parts.translator
   * @param {string} parts.chosen a voice's id, as the settings kept it
   */
  constructor({ select, preview, translator, chosen }) {
    super()
    this.#select = select
    this.#preview = preview
    this.#translator = translator
    this.#chosen = chosen
    select.addEventListener('change', () => {
      this.#chosen = select.value
      this.dispatchEvent(new Event('choose'))
    })
    preview.addEventListener('click', () => this.dispatchEvent(new Event('preview')))
    translator.addEventListener('change', () => this.#render())
    this.#render()
  }

  /** The chosen voice's id. Until the list is here it is what was chosen last time. */
  get value() {
    return this.#chosen
  }

  /** @param {string} id */
  find(id) {
    return this.#voices.find((voice) => voice.id === id) ?? null
  }

  /**
   * A voice's name for the reader; an id the list does not know is its own name.
   * @param {string} id
   */
  nameOf(id) {
    if (id === AUTOMATIC) return this.#translator.t('voice.automatic')
    const voice = this.find(id)
    return voice ? voiceName(voice, this.#translator) : id
  }

  /** @param {readonly Voice[]} voices none: only the automatic choice is offered */
  fill(voices) {
    this.#voices = voices
    // A voice that was kept from last time and is no longer installed gives way to the automatic one.
    if (!this.find(this.#chosen)) this.#chosen = AUTOMATIC
    this.#select.disabled = false
    this.#preview.disabled = false
    this.#render()
  }

  /** @param {boolean} isPreviewing */
  showPreviewing(isPreviewing) {
    this.#isPreviewing = isPreviewing
    this.#renderPreview()
  }

  #render() {
    const translator = this.#translator
    if (this.#select.disabled) {
      this.#fillSelect(make('option', '', translator.t('voice.loading')))
    } else {
      const groups = groupVoices(this.#voices, translator.language).map(({ language, voices }) => {
        const group = make('optgroup')
        group.label = groupName(language, translator)
        group.append(
          ...voices.map((voice) => option(voice.id, voiceName(voice, translator), voiceNote(voice, translator))),
        )
        return group
      })
      const automatic = option(AUTOMATIC, translator.t('voice.automatic'), translator.t('voice.automatic_note'))
      this.#fillSelect(automatic, ...groups)
      this.#select.value = this.#chosen
    }
    this.#renderPreview()
  }

  /** @param {HTMLElement[]} choices take the place of those there; the select's own face stays */
  #fillSelect(...choices) {
    for (const old of this.#select.querySelectorAll(':scope > option, :scope > optgroup')) old.remove()
    this.#select.append(...choices)
  }

  #renderPreview() {
    const name = this.#translator.t(this.#isPreviewing ? 'voice.preview_stop' : 'voice.preview')
    const words = make('span', 'preview-word', this.#translator.t(this.#isPreviewing ? 'stop' : 'voice.preview'))
    this.#preview.replaceChildren(icon(this.#isPreviewing ? 'stop' : 'play'), words)
    this.#preview.setAttribute('aria-label', name)
  }
}

/**
 * @param {string} value
 * @param {string} name
 * @param {string} note stands in a column of its own where the browser can style options, behind a dot elsewhere
 */
function option(value, name, note) {
  const element = make('option', '', make('span', 'voice-name', name))
  element.value = value
  if (note) element.append(make('span', 'voice-dot', ' · '), make('span', 'voice-note', note))
  return element
}
