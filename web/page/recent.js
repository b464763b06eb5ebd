// The list of the last takes: hear one again, download it, or put its text back into the box.
import { icon, make, showIcon } from './dom.js'
import { excerpt, formatDuration, formatSpeed } from './format.js'
import { drawShape, soundOf } from './waveform.js'

/** @typedef {import('./i18n.js').Translator} Translator */
/** @typedef {import('./speaker.js').Take} Take */

/**
 * @typedef {object} RecentParts
 * @property {HTMLOListElement} list
 * @property {HTMLElement} empty what is shown while there is nothing
 * @property {import('./history.js').History} history
 * @property {import('./speaker.js').Speaker} speaker
 * @property {Translator} translator
 * @property {(voiceId: string) => string} nameOf
 * @property {(emotionId: string) => string} nameOfEmotion
 * @property {(take: Take) => void} toggle
 * @property {(take: Take) => void} useText
 * @property {(place: HTMLElement, button: HTMLButtonElement, take: Take) => void} addDownload
 */

export class RecentList {
  #parts
  /** @type {Map<Take, {row: HTMLLIElement, play: HTMLButtonElement, shape: HTMLCanvasElement}>} */
  #rows = new Map()

  /** @param {RecentParts} parts */
  constructor(parts) {
    this.#parts = parts
    parts.history.addEventListener('change', () => this.#sync())
    parts.translator.addEventListener('change', () => this.render())
    for (const type of ['change', 'take']) parts.speaker.addEventListener(type, () => this.#mark())
    this.render()
  }

  /** Draws the list anew: also when the names of the voices have come. */
  render() {
    this.#parts.list.replaceChildren()
    this.#rows.clear()
    this.#sync()
  }

  /** Puts new takes on top and lets old ones go; rows that stay are not touched, and keep the focus they may have. */
  #sync() {
    const { list, empty, history } = this.#parts
    empty.hidden = history.takes.length > 0
    for (const [take, { row }] of this.#rows) {
      if (history.takes.includes(take)) continue
      row.remove()
      this.#rows.delete(take)
    }
    for (const take of [...history.takes].reverse()) {
      if (this.#rows.has(take)) continue
      const made = this.#row(take)
      this.#rows.set(take, made)
      list.prepend(made.row)
      drawShape(made.shape, soundOf(take))
    }
    this.#mark()
  }

  /** @param {Take} take */
  #row(take) {
    const { translator, nameOf, nameOfEmotion, toggle, useText, addDownload } = this.#parts
    const short = excerpt(take.request.text, 40)
    const play = make('button', 'play')
    play.type = 'button'
    play.addEventListener('click', () => toggle(take))

    const { recording, request } = take
    const facts = [
      nameOf(take.voiceId),
      formatDuration(recording.totalSamples / recording.sampleRateHz, translator.language),
      ...(request.speed === 1 ? [] : [formatSpeed(request.speed)]),
      ...(request.emotion ? [nameOfEmotion(request.emotion)] : []),
      ...(take.isWhole ? [] : [translator.t('recent.partial')]),
    ]
    const text = make('p', 'take-text', excerpt(request.text))
    text.dir = 'auto'
    const words = make('div', 'take-words', text, make('p', 'take-facts', facts.join(' · ')))

    const shape = make('canvas', 'take-shape')
    shape.setAttribute('aria-hidden', 'true')
    const download = make('button', 'quiet icon-only', icon('down'))
    download.type = 'button'
    download.title = translator.t('download')
    download.setAttribute('aria-label', translator.t('download.of', { text: short }))
    const place = make('div', 'menu-place')
    addDownload(place, download, take)
    const use = make('button', 'quiet icon-only', icon('text'))
    use.type = 'button'
    use.title = translator.t('recent.use_short')
    use.setAttribute('aria-label', translator.t('recent.use', { text: short }))
    use.addEventListener('click', () => useText(take))

    const row = make('li', 'take', play, words, make('div', 'take-tools', shape, use, place))
    return { row, play, shape }
  }

  /** Shows which take is in hand and whether it sounds. */
  #mark() {
    const { speaker, translator } = this.#parts
    for (const [take, { row, play }] of this.#rows) {
      const isInHand = take === speaker.take
      const isPlaying = isInHand && speaker.playing
      row.setAttribute('aria-current', String(isInHand))
      const text = excerpt(take.request.text, 40)
      showIcon(play, isPlaying ? 'pause' : 'play', translator.t(isPlaying ? 'recent.pause' : 'recent.play', { text }))
      play.title = translator.t(isPlaying ? 'pause' : 'play')
    }
  }
}
