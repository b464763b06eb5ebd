// The timeline under the picture: a ruler with the sound itself, a lane for each stem, every sound in it a button that can be
// reached, moved and taken away by hand and by keyboard. Only what is in view is in the document.
import { BLOCK_SAMPLES } from '../../player/flac.js'
import { make } from '../dom.js'
import { formatTime } from '../format.js'
import { fillLevels, tickStepSeconds } from '../waveform-shape.js'
import { Pins } from './pins.js'
import { canZoomIn, inView, named, pixelsPerSecond, scrolledTo } from './score-shape.js'
import { nameOfSound } from './sounds.js'
import { STEMS } from './stems.js'
import { labelOf } from './timeline-model.js'

/** @typedef {import('./selection.js').Selection} Selection */
/** @typedef {import('./deck.js').Deck} Deck */
/** @typedef {import('./session.js').Session} Session */
/** @typedef {import('./timeline-model.js').TimelineModel} TimelineModel */
/** @typedef {import('../i18n.js').Translator} Translator */

const RULER_PX = 22
const BAR_PX = 2
const BAR_PITCH_PX = 3
const LABEL_GAP_PX = 8
/** Seconds of one press of an arrow key on the ruler, and of Page Up or Down. */
const STEP_S = 0.5
const LEAP_S = 10
/** So long after somebody scrolled, the view does not follow the sound. */
const HANDS_OFF_MS = 3000

export class Score {
  #scroll
  #plane
  #slider
  #canvas
  #context
  #playhead = make('div', 'playhead')
  /** @type {Record<string, HTMLElement>} */
  #lanes = {}
  #deck
  #timeline
  #selection
  #translator
  #pins
  #zoom = 0
  #viewPx = 0
  #frame = 0
  #scrolledMs = -Infinity
  #isOurScroll = false
  #colours = { accent: '', made: '', line: '', soft: '', font: '' }
  #measure = document.createElement('canvas').getContext('2d')

  /**
   * @param {object} parts
   * @param {HTMLElement} parts.place
   * @param {Deck} parts.deck
   * @param {Session} parts.session
   * @param {TimelineModel} parts.timeline
   * @param {Selection} parts.selection
   * @param {Translator} parts.translator
   */
  constructor({ place, deck, session, timeline, selection, translator }) {
    this.#deck = deck
    this.#timeline = timeline
    this.#selection = selection
    this.#translator = translator
    this.#canvas = make('canvas')
    this.#canvas.setAttribute('aria-hidden', 'true')
    this.#context = /** @type {CanvasRenderingContext2D} */ (this.#canvas.getContext('2d'))
    this.#slider = make('div', 'score-sound', this.#canvas)
    this.#slider.setAttribute('role', 'slider')
    this.#slider.setAttribute('aria-orientation', 'horizontal')
    this.#slider.setAttribute('aria-valuemin', '0')
    this.#slider.tabIndex = 0
    this.#playhead.setAttribute('aria-hidden', 'true')
    for (const stem of STEMS) {
      this.#lanes[stem] = make('div', 'lane')
      this.#lanes[stem].dataset.stem = stem
      this.#lanes[stem].setAttribute('role', 'group')
    }
    this.#plane = make('div', 'score-plane', this.#slider, ...Object.values(this.#lanes), this.#playhead)
    this.#scroll = make('div', 'score-scroll', this.#plane)
    place.append(this.#scroll)
    const timeAt = (/** @type {number} */ clientX) => this.#timeAt(clientX)
    this.#pins = new Pins({ lanes: this.#lanes, deck, session, timeline, selection, translator, timeAt })

    const refresh = () => this.refresh()
    timeline.addEventListener('change', refresh)
    selection.addEventListener('change', () => this.#showSelected())
    for (const type of ['heard', 'change', 'moved']) deck.addEventListener(type, refresh)
    session.addEventListener('grown', refresh)
    translator.addEventListener('change', refresh)
    this.#scroll.addEventListener('scroll', () => {
      if (!this.#isOurScroll) this.#scrolledMs = performance.now()
      this.#isOurScroll = false
      this.refresh()
    })
    new ResizeObserver(() => this.#resize()).observe(this.#scroll)
    this.#listenToPointer()
    this.#slider.addEventListener('keydown', (event) => this.#onKey(event))
    this.#slider.addEventListener('focus', () => this.#describe())
    this.recolour()
  }

  get canZoomIn() {
    return canZoomIn(this.#durationS, this.#viewPx, this.#zoom)
  }

  get canZoomOut() {
    return this.#zoom > 0
  }

  /** @param {1 | -1} step */
  zoom(step) {
    const atS = this.#deck.positionS
    this.#zoom = Math.max(0, this.#zoom + step)
    this.#layOut()
    this.#scrollTo(atS * this.#pxPerS - this.#viewPx / 2)
    this.refresh()
  }

  /** Draws again soon. */
  refresh() {
    if (this.#frame === 0) this.#frame = requestAnimationFrame(() => this.#paint())
  }

  /** Takes the theme's colours anew. */
  recolour() {
    const style = getComputedStyle(this.#scroll)
    const colour = (/** @type {string} */ name) => style.getPropertyValue(name).trim()
    this.#colours = {
      accent: colour('--accent'),
      made: colour('--made'),
      line: colour('--line'),
      soft: colour('--soft'),
      font: `12px ${style.fontFamily}`,
    }
    this.refresh()
  }

  get #durationS() {
    return Math.max(this.#timeline.durationS ?? 0, this.#timeline.untilS, this.#deck.durationS, 1)
  }

  get #pxPerS() {
    return pixelsPerSecond(this.#durationS, this.#viewPx, this.#zoom)
  }

  #resize() {
    const { clientWidth } = this.#scroll
    if (clientWidth === 0 || clientWidth === this.#viewPx) return
    this.#viewPx = clientWidth
    this.#layOut()
    this.#paint()
  }

  #layOut() {
    this.#plane.style.width = `${Math.max(this.#viewPx, Math.floor(this.#durationS * this.#pxPerS))}px`
    this.#slider.style.width = `${this.#viewPx}px`
  }

  #paint() {
    cancelAnimationFrame(this.#frame)
    this.#frame = 0
    if (this.#viewPx === 0) return
    this.#layOut()
    const { positionS, playing } = this.#deck
    const isHandled = performance.now() - this.#scrolledMs < HANDS_OFF_MS || this.#pins.isDragging
    if (playing && !isHandled) this.#bring(positionS)
    const pxPerS = this.#pxPerS
    const fromS = this.#scroll.scrollLeft / pxPerS
    const items = inView(this.#timeline.items, fromS - 40 / pxPerS, fromS + (this.#viewPx + 40) / pxPerS)
    this.#pins.show(items, pxPerS, named(items, pxPerS, (item) => this.#widthOf(labelOf(item))))
    for (const [stem, lane] of Object.entries(this.#lanes)) {
      const name = this.#translator.t(/** @type {any} */ (`foley.stem.${stem}`))
      if (lane.dataset.name === name) continue
      lane.dataset.name = name
      lane.setAttribute('aria-label', name)
    }
    this.#plane.style.setProperty('--seen', `${Math.min(this.#durationS, this.#timeline.untilS) * pxPerS}px`)
    this.#playhead.style.translate = `${Math.max(0, positionS * pxPerS - 1)}px 0`
    this.#playhead.hidden = this.#deck.durationS === 0
    this.#paintSound(fromS, pxPerS)
    if (!(playing && document.activeElement === this.#slider)) this.#describe()
    if (playing) this.refresh()
  }

  /**
   * The ruler, and above it the sound.
   * @param {number} fromS where the view begins
   * @param {number} pxPerS
   */
  #paintSound(fromS, pxPerS) {
    const context = this.#context
    const ratio = window.devicePixelRatio || 1
    const widthPx = this.#viewPx
    const heightPx = this.#slider.clientHeight
    if (this.#canvas.width !== Math.round(widthPx * ratio) || this.#canvas.height !== Math.round(heightPx * ratio)) {
      this.#canvas.width = Math.round(widthPx * ratio)
      this.#canvas.height = Math.round(heightPx * ratio)
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0)
    context.clearRect(0, 0, widthPx, heightPx)
    const floorPx = heightPx - RULER_PX
    context.fillStyle = this.#colours.line
    context.fillRect(0, floorPx, widthPx, 1)
    const stepS = tickStepSeconds(widthPx / pxPerS, widthPx)
    context.font = this.#colours.font
    context.textBaseline = 'top'
    for (let atS = Math.floor(fromS / stepS) * stepS; atS <= fromS + widthPx / pxPerS; atS += stepS) {
      const x = Math.round((atS - fromS) * pxPerS)
      context.fillStyle = this.#colours.line
      context.fillRect(x, floorPx, 1, 8)
      context.fillStyle = this.#colours.soft
      if (x > -30 && x < widthPx - 34) context.fillText(formatTime(atS), x + (atS === 0 ? 0 : 4), floorPx + 7)
    }
    this.#paintBars(fromS, pxPerS, floorPx)
  }

  /**
   * @param {number} fromS
   * @param {number} pxPerS
   * @param {number} heightPx
   */
  #paintBars(fromS, pxPerS, heightPx) {
    const { recording, positionS } = this.#deck
    const context = this.#context
    const bars = Math.floor(this.#viewPx / BAR_PITCH_PX)
    const levels = new Float32Array(bars).fill(-1)
    if (recording) {
      const blockS = BLOCK_SAMPLES / recording.sampleRateHz
      const first = Math.floor(fromS / blockS)
      const peaks = recording.peaks.subarray(2 * first)
      fillLevels(peaks, blockS, recording.durationS - fromS, this.#viewPx / pxPerS, levels)
    }
    for (let bar = 0; bar < bars; bar += 1) {
      const x = bar * BAR_PITCH_PX
      if (fromS + x / pxPerS > this.#durationS) break
      const isPlayed = fromS + (x + BAR_PX / 2) / pxPerS <= positionS
      context.fillStyle = levels[bar] < 0 ? this.#colours.line : isPlayed ? this.#colours.accent : this.#colours.made
      // Effects are mostly far below full scale, and few: they are drawn taller than speech would be.
      const tallPx = Math.max(2, Math.max(0, levels[bar]) ** 0.6 * (heightPx - 8))
      context.fillRect(x, heightPx / 2 - tallPx / 2, BAR_PX, tallPx)
    }
  }

  /** @param {string} label */
  #widthOf(label) {
    const context = /** @type {CanvasRenderingContext2D} */ (this.#measure)
    context.font = this.#colours.font
    return context.measureText(nameOfSound(label, this.#translator.language)).width + LABEL_GAP_PX
  }

  #showSelected() {
    const { item } = this.#selection
    if (item?.event && !this.#deck.playing) this.#bring(item.event.onset_s)
    this.refresh()
  }

  /** Scrolls so far that a moment is in view. @param {number} atS */
  #bring(atS) {
    const leftPx = this.#scroll.scrollLeft
    const toPx = scrolledTo({ leftPx, viewPx: this.#viewPx, atPx: atS * this.#pxPerS })
    const mostPx = this.#plane.clientWidth - this.#viewPx
    if (Math.min(toPx, mostPx) !== leftPx && mostPx > 0) this.#scrollTo(toPx)
  }

  /** @param {number} leftPx */
  #scrollTo(leftPx) {
    this.#isOurScroll = true
    this.#scroll.scrollLeft = leftPx
  }

  /** The moment under a place on the screen. @param {number} clientX */
  #timeAt(clientX) {
    const left = this.#plane.getBoundingClientRect().left
    return Math.max(0, Math.min(this.#durationS, (clientX - left) / this.#pxPerS))
  }

  #describe() {
    const { positionS, durationS } = this.#deck
    const slider = this.#slider
    slider.setAttribute('aria-label', this.#translator.t('position.label'))
    slider.setAttribute('aria-disabled', String(durationS === 0))
    slider.setAttribute('aria-valuemax', durationS.toFixed(1))
    slider.setAttribute('aria-valuenow', positionS.toFixed(1))
    const values = { position: formatTime(positionS), duration: formatTime(durationS) }
    const text = durationS > 0 ? this.#translator.t('position.value', values) : this.#translator.t('position.none')
    slider.setAttribute('aria-valuetext', text)
  }

  #listenToPointer() {
    const slider = this.#slider
    let isHeld = false
    const seek = (/** @type {PointerEvent} */ event) => this.#deck.seek(this.#timeAt(event.clientX))
    slider.addEventListener('pointerdown', (event) => {
      if (event.button !== 0 || this.#deck.durationS === 0) return
      slider.setPointerCapture(event.pointerId)
      isHeld = true
      seek(event)
    })
    slider.addEventListener('pointermove', (event) => isHeld && seek(event))
    for (const type of /** @type {const} */ (['pointerup', 'pointercancel'])) slider.addEventListener(type, () => (isHeld = false))
    for (const lane of Object.values(this.#lanes)) {
      lane.addEventListener('click', (event) => {
        if (event.target !== lane) return
        this.#selection.choose(null)
        if (this.#deck.durationS > 0) this.#deck.seek(this.#timeAt(event.clientX))
      })
    }
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const deck = this.#deck
    /** @type {Record<string, () => void>} */
    const acts = {
      ' ': () => (deck.playing ? deck.pause() : void deck.play()),
      ArrowLeft: () => deck.seek(deck.positionS - STEP_S),
      ArrowDown: () => deck.seek(deck.positionS - STEP_S),
      ArrowRight: () => deck.seek(deck.positionS + STEP_S),
      ArrowUp: () => deck.seek(deck.positionS + STEP_S),
      PageDown: () => deck.seek(deck.positionS - LEAP_S),
      PageUp: () => deck.seek(deck.positionS + LEAP_S),
      Home: () => deck.seek(0),
      End: () => deck.seek(deck.durationS),
    }
    if (!Object.hasOwn(acts, event.key)) return
    event.preventDefault()
    if (deck.durationS > 0) acts[event.key]()
    this.#bring(deck.positionS)
    this.#describe()
  }
}
