// The speed slider and the figure beside it, which leads back to normal speed.
import { byId, paintSlider } from './dom.js'
import { formatSpeed } from './format.js'
import { SPEEDS, nearestStop } from './speed.js'

/** @typedef {import('./i18n.js').Translator} Translator */

export class SpeedControl {
  #slider = byId('speed', HTMLInputElement)
  #figure = byId('speed-value', HTMLButtonElement)
  #translator

  /**
   * @param {object} parts
   * @param {number} parts.speed 0.25 to 4
   * @param {Translator} parts.translator
   * @param {(speed: number) => void} parts.settle the reader has let go of the slider
   */
  constructor({ speed, translator, settle }) {
    this.#translator = translator
    this.#slider.max = String(SPEEDS.length - 1)
    this.#slider.value = String(nearestStop(speed))
    this.#slider.addEventListener('input', () => this.#render())
    this.#slider.addEventListener('change', () => settle(this.value))
    this.#figure.addEventListener('click', () => {
      this.#slider.value = String(nearestStop(1))
      this.#render()
      settle(1)
    })
    translator.addEventListener('change', () => this.#render())
    this.#render()
  }

  /** The speed as a factor. */
  get value() {
    return SPEEDS[this.#slider.valueAsNumber]
  }

  #render() {
    const { value } = this
    const words = value === 1 ? this.#translator.t('speed.normal') : this.#translator.t('speed.value', { speed: value })
    this.#slider.setAttribute('aria-valuetext', words)
    this.#figure.textContent = formatSpeed(value)
    this.#figure.setAttribute('aria-label', this.#translator.t('speed.reset', { speed: formatSpeed(value) }))
    paintSlider(this.#slider)
  }
}
