// Draws a take on a canvas: a ruler, bars that appear as sound is made, the played part coloured, the playhead.
// It paints only when something changed, and moves by itself only while sound plays.
import { BLOCK_SAMPLES } from '../player/flac.js'
import { formatTime } from './format.js'
import { fillLevels, tickStepSeconds, windowSeconds } from './waveform-shape.js'

/**
 * What is drawn.
 * @typedef {object} Sound
 * @property {ArrayLike<number>} peaks min and max of each block in turn, [2 * blocks], in [-1, 1]; grows while made
 * @property {number} blockS seconds a block lasts
 * @property {number} durationS seconds made so far
 * @property {boolean} complete whether that is all there will be
 */

const BAR_PX = 3
const GAP_PX = 2
const RULER_PX = 24
const LEAST_BAR_PX = 3
/** How long the view takes to glide to a new scale. */
const GLIDE_MS = 260

export class Waveform {
  /** @type {Sound | null} */
  #sound = null
  #positionS = 0
  /** @type {number | null} */
  #hoverS = null
  #windowS = windowSeconds(0, false)
  #glide = { fromS: this.#windowS, toS: this.#windowS, startMs: 0 }
  /** @type {(() => number) | null} */
  #clock = null
  #frame = 0
  #widthPx = 0
  #heightPx = 0
  #levels = new Float32Array(0)
  #canvas
  #context
  #stillness = matchMedia('(prefers-reduced-motion: reduce)')
  #colours = { accent: '', made: '', line: '', soft: '', ink: '', font: '' }

  /** @param {HTMLCanvasElement} canvas sized by the style sheet */
  constructor(canvas) {
    const context = canvas.getContext('2d')
    if (!context) throw new Error('This browser gives no 2D canvas')
    this.#canvas = canvas
    this.#context = context
    this.recolour()
    new ResizeObserver(() => this.#resize()).observe(canvas)
  }

  /**
   * Shows a sound from its start; null clears the view.
   * @param {Sound | null} sound
   */
  show(sound) {
    this.#sound = sound
    this.#positionS = 0
    this.#windowS = windowSeconds(sound?.durationS ?? 0, sound?.complete ?? false)
    this.#glide = { fromS: this.#windowS, toS: this.#windowS, startMs: 0 }
    this.refresh()
  }

  /** Draws again soon, because sound was added or the sound became whole. */
  refresh() {
    if (this.#frame === 0) this.#frame = requestAnimationFrame((now) => this.#tick(now))
  }

  /** @param {number} positionS where the playhead stands */
  moveTo(positionS) {
    this.#positionS = positionS
    this.refresh()
  }

  /**
   * Follows a clock while sound plays; null stands still.
   * @param {(() => number) | null} clock gives the position, seconds
   */
  follow(clock) {
    this.#clock = clock
    this.refresh()
  }

  /** @param {number | null} seconds where the pointer is, or null where it is not */
  hover(seconds) {
    if (seconds === this.#hoverS) return
    this.#hoverS = seconds
    this.refresh()
  }

  /**
   * The time under a place in the view, not beyond what has been made.
   * @param {number} clientX CSS pixels of the viewport
   */
  timeAt(clientX) {
    const box = this.#canvas.getBoundingClientRect()
    const share = Math.min(1, Math.max(0, (clientX - box.left) / Math.max(1, box.width)))
    return Math.min(this.#sound?.durationS ?? 0, share * this.#windowS)
  }

  /** Reads the theme's colours again. */
  recolour() {
    const style = getComputedStyle(this.#canvas)
    const colour = (/** @type {string} */ name) => style.getPropertyValue(name).trim()
    this.#colours = {
      accent: colour('--accent'),
      made: colour('--made'),
      line: colour('--line'),
      soft: colour('--soft'),
      ink: colour('--ink'),
      font: `12px ${style.fontFamily}`,
    }
    this.refresh()
  }

  #resize() {
    const box = this.#canvas.getBoundingClientRect()
    const ratio = window.devicePixelRatio || 1
    this.#widthPx = box.width
    this.#heightPx = box.height
    this.#canvas.width = Math.round(box.width * ratio)
    this.#canvas.height = Math.round(box.height * ratio)
    this.#context.setTransform(ratio, 0, 0, ratio, 0, 0)
    const bars = Math.max(1, Math.floor((box.width + GAP_PX) / (BAR_PX + GAP_PX)))
    this.#levels = new Float32Array(bars)
    // Setting the size clears the canvas: paint at once, not a frame later.
    this.#paint()
  }

  /** @param {number} nowMs */
  #tick(nowMs) {
    this.#frame = 0
    const gliding = this.#rescale(nowMs)
    if (this.#clock) this.#positionS = this.#clock()
    this.#paint()
    if (gliding || this.#clock) this.refresh()
  }

  /**
   * Brings the window nearer to what it should be.
   * @param {number} nowMs
   * @returns {boolean} whether it is still on its way
   */
  #rescale(nowMs) {
    const wantedS = windowSeconds(this.#sound?.durationS ?? 0, this.#sound?.complete ?? false)
    if (wantedS !== this.#glide.toS) this.#glide = { fromS: this.#windowS, toS: wantedS, startMs: nowMs }
    const { fromS, toS, startMs } = this.#glide
    const done = this.#stillness.matches ? 1 : Math.min(1, (nowMs - startMs) / GLIDE_MS)
    // Scale, not length, is what the eye follows, so it is the scale that moves evenly and slows at the end.
    const eased = 1 - (1 - done) ** 3
    this.#windowS = done >= 1 ? toS : 1 / (1 / fromS + (1 / toS - 1 / fromS) * eased)
    return done < 1
  }

  #paint() {
    const context = this.#context
    context.clearRect(0, 0, this.#widthPx, this.#heightPx)
    this.#paintRuler()
    this.#paintBars()
    if (this.#sound) {
      if (this.#hoverS !== null) this.#paintMark(this.#hoverS, this.#colours.soft, 1)
      this.#paintMark(this.#positionS, this.#colours.ink, 2)
    }
  }

  #paintRuler() {
    const context = this.#context
    const floorPx = this.#heightPx - RULER_PX + 0.5
    const stepS = tickStepSeconds(this.#windowS, this.#widthPx)
    context.fillStyle = this.#colours.line
    context.fillRect(0, Math.floor(floorPx), this.#widthPx, 1)
    context.font = this.#colours.font
    context.textBaseline = 'top'
    const perTick = stepS % 15 === 0 ? 3 : stepS === 2 ? 4 : 5
    const minor = stepS / perTick
    for (let tick = 0; tick * minor <= this.#windowS + 1e-9; tick += 1) {
      const x = Math.min(this.#widthPx - 1, Math.round(((tick * minor) / this.#windowS) * this.#widthPx))
      const isMajor = tick % perTick === 0
      context.fillStyle = this.#colours.line
      context.fillRect(x, Math.floor(floorPx), 1, isMajor ? 8 : 4)
      if (!isMajor || x > this.#widthPx - 34) continue
      context.fillStyle = this.#colours.soft
      context.fillText(formatTime(tick * minor), x + (tick === 0 ? 0 : 4), floorPx + 9)
    }
  }

  #paintBars() {
    const sound = this.#sound
    const context = this.#context
    const roomPx = this.#heightPx - RULER_PX
    const middlePx = Math.round(roomPx / 2)
    const tallestPx = roomPx - 12
    if (sound) fillLevels(sound.peaks, sound.blockS, sound.durationS, this.#windowS, this.#levels)
    else this.#levels.fill(-1)
    const bars = this.#levels.length
    const pitchPx = (this.#widthPx + GAP_PX) / bars
    const playedPx = (this.#positionS / this.#windowS) * this.#widthPx
    const colours = this.#colours
    for (const [kind, colour] of /** @type {const} */ ([
      ['coming', colours.line],
      ['made', colours.made],
      ['played', colours.accent],
    ])) {
      context.beginPath()
      for (let bar = 0; bar < bars; bar += 1) {
        const level = this.#levels[bar]
        const x = bar * pitchPx
        const isPlayed = x + BAR_PX / 2 <= playedPx
        if (kind !== (level < 0 ? 'coming' : isPlayed ? 'played' : 'made')) continue
        const height = Math.max(LEAST_BAR_PX, level * tallestPx)
        context.roundRect(x, middlePx - height / 2, BAR_PX, height, Math.min(BAR_PX, height) / 2)
      }
      context.fillStyle = colour
      context.fill()
    }
  }

  /**
   * @param {number} seconds
   * @param {string} colour
   * @param {number} widthPx
   */
  #paintMark(seconds, colour, widthPx) {
    const x = Math.min(this.#widthPx - widthPx, Math.max(0, (seconds / this.#windowS) * this.#widthPx - widthPx / 2))
    this.#context.fillStyle = colour
    this.#context.fillRect(x, 2, widthPx, this.#heightPx - RULER_PX - 2)
  }
}

/**
 * A take as the waveform draws it: always as it is now, also while it grows.
 * @param {import('./speaker.js').Take} take
 * @returns {Sound}
 */
export function soundOf(take) {
  const { recording } = take
  return {
    blockS: BLOCK_SAMPLES / recording.sampleRateHz,
    get peaks() {
      return recording.peaks
    },
    get durationS() {
      return recording.totalSamples / recording.sampleRateHz
    },
    get complete() {
      return !take.making
    },
  }
}

/**
 * A take's shape in a few bars, for a list. Drawn once.
 * @param {HTMLCanvasElement} canvas sized by the style sheet, in the document
 * @param {Sound} sound
 */
export function drawShape(canvas, sound) {
  const ratio = window.devicePixelRatio || 1
  const [width, height] = [canvas.clientWidth, canvas.clientHeight]
  const context = canvas.getContext('2d')
  if (!context || width === 0) return
  canvas.width = Math.round(width * ratio)
  canvas.height = Math.round(height * ratio)
  context.scale(ratio, ratio)
  const levels = new Float32Array(Math.floor((width + 2) / 4))
  fillLevels(sound.peaks, sound.blockS, sound.durationS, Math.max(sound.durationS, 0.1), levels)
  context.fillStyle = getComputedStyle(canvas).getPropertyValue('--made').trim()
  levels.forEach((level, bar) => {
    const tall = Math.max(2, level * height)
    context.fillRect(bar * 4, (height - tall) / 2, 2, tall)
  })
}
