// One line under the waveform with what is being said, for those who cannot hear it; off until it is asked for.
import { cueAt, cuesOf } from '../client/subtitles.js'
import { byId, showIcon } from './dom.js'

/** @typedef {import('./speaker.js').Take} Take */

export class CaptionLine {
  #line = byId('caption-line', HTMLElement)
  #button = byId('captions', HTMLButtonElement)
  #speaker
  #isOn
  /** The lines of a take, made anew when more of it was told. */
  #made = { take: /** @type {Take | null} */ (null), clauses: 0, cues: /** @type {import('../client/subtitles.js').Cue[]} */ ([]) }

  /**
   * @param {object} parts
   * @param {import('./speaker.js').Speaker} parts.speaker
   * @param {import('./i18n.js').Translator} parts.translator
   * @param {boolean} parts.isOn
   * @param {(isOn: boolean) => void} parts.settle
   */
  constructor({ speaker, translator, isOn, settle }) {
    this.#speaker = speaker
    this.#isOn = isOn
    const name = () => showIcon(this.#button, 'captions', translator.t('captions.label'))
    this.#button.addEventListener('click', () => {
      this.#isOn = !this.#isOn
      settle(this.#isOn)
      this.#render()
    })
    translator.addEventListener('change', name)
    for (const type of ['take', 'change', 'moved', 'timed']) speaker.addEventListener(type, () => this.#render())
    name()
    this.#render()
  }

  #render() {
    this.#button.setAttribute('aria-pressed', String(this.#isOn))
    this.#line.hidden = !this.#isOn
    if (!this.#isOn) return
    const words = this.#words()
    // Not a live region: read out, it would talk over what it is a caption of.
    if (this.#line.textContent !== words) this.#line.textContent = words
  }

  #words() {
    const { take, playing, phase, positionS } = this.#speaker
    if (!take || !(playing || phase === 'speaking' || positionS > 0)) return ''
    const { clauses } = take.timed
    if (take !== this.#made.take || clauses.length !== this.#made.clauses) {
      this.#made = { take, clauses: clauses.length, cues: cuesOf(take.timed, { ssml: take.request.ssml }) }
    }
    return cueAt(this.#made.cues, positionS)
  }
}
