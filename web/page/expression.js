// How a text is to be said: an emotion and how much of it, a pitch, and whether it is SSML. Rarer than a voice, so folded away.
import { byId, make, paintSlider } from './dom.js'

/** @typedef {import('./i18n.js').Translator} Translator */
/** @typedef {import('../client/http.js').Emotion} Emotion */
/** @typedef {Pick<import('./settings.js').Settings, 'emotion' | 'intensity' | 'pitch' | 'ssml'>} Choices */

/** What needs no emotion. */
const NEUTRAL = 'neutral'
const FULL = 100
const MINUS = '−'

export class Expression {
  #emotion = byId('emotion', HTMLSelectElement)
  #intensity = byId('intensity', HTMLInputElement)
  #intensityFigure = byId('intensity-value', HTMLButtonElement)
  #pitch = byId('pitch', HTMLInputElement)
  #pitchFigure = byId('pitch-value', HTMLButtonElement)
  #ssml = byId('ssml', HTMLInputElement)
  #summary = byId('expression-summary', HTMLElement)
  /** @type {readonly Emotion[]} */
  #emotions = []
  /** The reader's choice, also while the list is still on its way. */
  #chosen
  #translator
  #settle

  /**
   * @param {object} parts
   * @param {Choices} parts.choices as they were kept
   * @param {Translator} parts.translator
   * @param {(name: keyof Choices, value: Choices[keyof Choices]) => void} parts.settle keeps a choice
   */
  constructor({ choices, translator, settle }) {
    this.#translator = translator
    this.#settle = settle
    this.#chosen = choices.emotion
    this.#intensity.value = String(choices.intensity)
    this.#pitch.value = String(choices.pitch)
    this.#ssml.checked = choices.ssml
    this.#emotion.addEventListener('change', () => {
      this.#chosen = this.#emotion.value
      settle('emotion', this.#chosen)
      this.#render()
    })
    for (const [slider, figure, name, usual] of /** @type {const} */ ([
      [this.#intensity, this.#intensityFigure, 'intensity', FULL],
      [this.#pitch, this.#pitchFigure, 'pitch', 0],
    ])) {
      slider.addEventListener('input', () => this.#render())
      slider.addEventListener('change', () => settle(name, slider.valueAsNumber))
      figure.addEventListener('click', () => {
        slider.value = String(usual)
        settle(name, usual)
        this.#render()
      })
    }
    this.#ssml.addEventListener('change', () => {
      settle('ssml', this.#ssml.checked)
      this.#render()
    })
    translator.addEventListener('change', () => this.#fill())
    this.#fill()
  }

  /** What `synthesize` is asked with, beside the text; nothing where all is as usual. */
  get wishes() {
    const emotion = this.#chosen === NEUTRAL ? {} : { emotion: this.#chosen, emotion_intensity: this.#intensity.valueAsNumber }
    const pitch = this.#pitch.valueAsNumber
    return { ...emotion, ...(pitch === 0 ? {} : { pitch_semitones: pitch }), ...(this.ssml ? { ssml: true } : {}) }
  }

  get ssml() {
    return this.#ssml.checked
  }

  /** @param {boolean} isSsml whether the text in the box is SSML */
  set ssml(isSsml) {
    this.#ssml.checked = isSsml
    this.#settle('ssml', isSsml)
    this.#render()
  }

  /** @param {readonly Emotion[]} emotions none: only the plain voice is offered */
  fill(emotions) {
    this.#emotions = emotions
    if (!emotions.some(({ id }) => id === this.#chosen)) this.#chosen = NEUTRAL
    this.#fill()
  }

  /**
   * An emotion's name for the reader.
   * @param {string} id
   */
  nameOf(id) {
    const { language } = this.#translator
    const found = this.#emotions.find((each) => each.id === id)
    return language === 'zh' && found ? found.native_name : id.charAt(0).toUpperCase() + id.slice(1)
  }

  #fill() {
    const ids = this.#emotions.length > 0 ? this.#emotions.map(({ id }) => id) : [this.#chosen]
    const options = ids.map((id) => {
      const option = make('option', '', this.nameOf(id))
      option.value = id
      return option
    })
    for (const old of this.#emotion.querySelectorAll(':scope > option')) old.remove()
    this.#emotion.append(...options)
    this.#emotion.value = this.#chosen
    this.#render()
  }

  #render() {
    const translator = this.#translator
    const isNeutral = this.#chosen === NEUTRAL
    const [intensity, pitch] = [this.#intensity.valueAsNumber, this.#pitch.valueAsNumber]
    const percent = `${intensity} %`
    const steps = `${pitch > 0 ? '+' : pitch < 0 ? MINUS : ''}${Math.abs(pitch)}`
    this.#intensity.disabled = isNeutral
    this.#intensityFigure.disabled = isNeutral
    this.#intensity.setAttribute('aria-valuetext', percent)
    this.#intensityFigure.textContent = isNeutral ? '–' : percent
    this.#intensityFigure.setAttribute('aria-label', translator.t('intensity.reset', { value: percent }))
    const word = pitch === 0 ? 'pitch.own' : pitch > 0 ? 'pitch.higher' : 'pitch.lower'
    this.#pitch.setAttribute('aria-valuetext', translator.t(word, { count: Math.abs(pitch) }))
    this.#pitchFigure.textContent = steps
    this.#pitchFigure.setAttribute('aria-label', translator.t('pitch.reset', { value: steps }))
    for (const slider of [this.#intensity, this.#pitch]) paintSlider(slider)
    // What is not as usual is said on the fold itself, so that nothing acts unseen.
    const unusual = [
      ...(isNeutral ? [] : [`${this.nameOf(this.#chosen)} ${percent}`]),
      ...(pitch === 0 ? [] : [translator.t('pitch.short', { value: steps })]),
      ...(this.#ssml.checked ? ['SSML'] : []),
    ]
    this.#summary.textContent = unusual.join(' · ')
  }
}
