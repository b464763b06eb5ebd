// What is asked for beside the video: what it is, what to leave out, profile, background, seed. Folds away once it is asked.
import { byId, make, paintSlider } from '../dom.js'
import { samplesFor } from './samples.js'

const PROFILES = /** @type {const} */ (['realistic', 'dramatic', 'cartoon'])

/** @typedef {(typeof PROFILES)[number]} Profile */

export class WishForm {
  #description = byId('description', HTMLTextAreaElement)
  #exclude = byId('exclude', HTMLInputElement)
  #profile = byId('profile', HTMLSelectElement)
  #bed = byId('bed', HTMLInputElement)
  #intensity = byId('bed-intensity', HTMLInputElement)
  #seed = byId('foley-seed', HTMLInputElement)
  #summary = byId('summary', HTMLElement)
  #folding = ['wishes', 'options', 'bed-field'].map((id) => byId(id, HTMLElement))
  #translator

  /** @param {import('../i18n.js').Translator} translator */
  constructor(translator) {
    this.#translator = translator
    byId('change-wishes', HTMLButtonElement).addEventListener('click', () => {
      this.unfold()
      this.#description.focus()
    })
    this.#bed.addEventListener('change', () => this.#render())
    this.#intensity.addEventListener('input', () => this.#render())
    translator.addEventListener('change', () => this.#render())
    for (const profile of PROFILES) this.#profile.append(new Option('', profile))
    this.#render()
  }

  /** @returns {Required<import('../../client/foley.js').Wishes>} */
  get value() {
    return {
      description: this.#description.value.trim(),
      exclude: this.#exclude.value.trim(),
      profile: /** @type {Profile} */ (this.#profile.value),
      bed: this.#bed.checked,
      bed_intensity: this.#intensity.valueAsNumber,
      seed: this.#seed.validity.valid ? this.#seed.valueAsNumber || 0 : 0,
    }
  }

  /** Leaves one line of it, so that the timeline comes up under the picture. */
  fold() {
    for (const part of this.#folding) part.hidden = true
    this.#summary.hidden = false
    this.#render()
  }

  unfold() {
    for (const part of this.#folding) part.hidden = false
    this.#summary.hidden = true
  }

  #render() {
    const translator = this.#translator
    for (const option of this.#profile.options) {
      option.textContent = translator.t(`foley.profile.${/** @type {Profile} */ (option.value)}`)
    }
    this.#intensity.disabled = !this.#bed.checked
    this.#intensity.setAttribute('aria-valuetext', `${Math.round(this.#intensity.valueAsNumber * 100)} %`)
    paintSlider(this.#intensity)
    const { description, profile, bed } = this.value
    const manner = translator.t(bed ? 'foley.wishes_with_bed' : 'foley.wishes_without_bed', {
      profile: translator.t(`foley.profile.${profile}`),
    })
    const words = byId('summary-words', HTMLElement)
    words.replaceChildren(...(description ? [make('q', '', description), ' '] : []), manner)
    byId('foley-samples', HTMLElement).replaceChildren(
      ...samplesFor(translator.language).map(({ title, language, text }) => {
        const chip = make('button', 'chip', make('span', '', title))
        chip.type = 'button'
        chip.lang = language === 'zh' ? 'zh-CN' : 'en'
        chip.addEventListener('click', () => {
          this.#description.value = text
          this.#description.focus()
        })
        return chip
      }),
    )
  }
}
