// Runs in the browser's audio thread: plays the PCM it is sent, says where it is, and waits in silence when it has none.
//
// Messages in:  {kind: 'clear', turn, channels, sample}  drop all; what follows belongs to this turn and begins at `sample`
//               {kind: 'pcm', turn, pcm}                 Int16Array, interleaved
//               {kind: 'final', turn}                    no more comes
//               {kind: 'hold', held}                     wait, or go on
// Messages out: PcmReport, on every change of state and ten times a second while it plays.

/**
 * @typedef {object} PcmReport
 * @property {number} turn
 * @property {'held' | 'starting' | 'playing' | 'dry' | 'ended'} state starting: not enough yet since the last clear
 * @property {number} sample the next one to be played, counted from the start of the utterance
 */

/** Seconds to have before it begins, and before it goes on after running dry. */
const START_S = 0.05
const RESUME_S = 0.1
const REPORT_S = 0.1
/** Sound that breaks off or sets in amid a wave would click: it falls to zero, or rises, over this many samples. */
const FADE_SAMPLES = 64

const scope = /** @type {import('../types/audio-worklet').AudioWorkletScope} */ (/** @type {unknown} */ (globalThis))

class PcmProcessor extends scope.AudioWorkletProcessor {
  #turn = 0
  #channels = 1
  /** @type {Int16Array[]} */
  #pieces = []
  /** Values of the first piece that were played. */
  #offset = 0
  /** Samples per channel in all pieces. */
  #queued = 0
  #final = false
  #held = true
  /** @type {PcmReport['state']} */
  #state = 'held'
  #sample = 0
  #unreported = 0
  /** True from a sample played to the fade that ends the sound. */
  #sounding = false
  #fadeIn = 0
  #fadeOut = 0
  /** What each channel played last. */
  #last = new Float32Array(2)

  constructor() {
    super()
    this.port.onmessage = ({ data }) => {
      if (data.kind === 'hold') this.#held = data.held
      else if (data.kind === 'clear') this.#clear(data)
      else if (data.turn !== this.#turn) return
      else if (data.kind === 'final') this.#final = true
      else {
        this.#pieces.push(data.pcm)
        this.#queued += data.pcm.length / this.#channels
      }
    }
  }

  /** @param {{turn: number, channels: number, sample: number}} message */
  #clear({ turn, channels, sample }) {
    this.#turn = turn
    this.#channels = channels
    this.#sample = sample
    this.#pieces = []
    this.#offset = 0
    this.#queued = 0
    this.#final = false
    this.#breakOff()
    this.#fadeIn = sample > 0 ? FADE_SAMPLES : 0
    this.#state = 'starting'
    this.#unreported = Infinity // say so soon
  }

  #breakOff() {
    if (!this.#sounding) return
    this.#sounding = false
    this.#fadeOut = this.#fadeIn = FADE_SAMPLES
  }

  /** @returns {PcmReport['state']} */
  #nextState() {
    if (this.#held) return 'held'
    if (this.#queued === 0) return this.#final ? 'ended' : this.#state === 'playing' || this.#state === 'dry' ? 'dry' : 'starting'
    if (this.#state === 'playing' || this.#final) return 'playing'
    const enough = (this.#state === 'dry' ? RESUME_S : START_S) * scope.sampleRate
    if (this.#queued >= enough) return 'playing'
    return this.#state === 'dry' ? 'dry' : 'starting'
  }

  /**
   * @param {Float32Array[][]} _inputs
   * @param {Float32Array[][]} outputs one of two channels
   */
  process(_inputs, [output]) {
    const before = this.#state
    this.#state = this.#nextState()
    const length = output[0].length
    const played = this.#state === 'playing' ? this.#play(output, length) : 0
    if (played > 0) this.#sounding = true
    if (played < length) this.#breakOff()
    this.#fill(output, played, length)
    this.#unreported += length
    if (before !== this.#state || this.#unreported >= REPORT_S * scope.sampleRate) {
      this.#unreported = 0
      this.port.postMessage({ turn: this.#turn, state: this.#state, sample: this.#sample })
    }
    return true
  }

  /**
   * @param {Float32Array[]} output
   * @param {number} length
   * @returns {number} samples played
   */
  #play(output, length) {
    const channels = this.#channels
    let at = 0
    while (at < length && this.#pieces.length > 0) {
      const piece = this.#pieces[0]
      const count = Math.min(length - at, (piece.length - this.#offset) / channels)
      for (let i = 0; i < count; i++, at++) {
        const gain = this.#fadeIn > 0 ? 1 - this.#fadeIn-- / FADE_SAMPLES : 1
        for (let c = 0; c < output.length; c++) {
          output[c][at] = (gain * piece[this.#offset + i * channels + (c < channels ? c : 0)]) / 32768
        }
      }
      this.#offset += count * channels
      if (this.#offset === piece.length) {
        this.#pieces.shift()
        this.#offset = 0
      }
    }
    this.#queued -= at
    this.#sample += at
    if (at > 0) for (let c = 0; c < output.length; c++) this.#last[c] = output[c][at - 1]
    return at
  }

  /**
   * What is left of the output: the last value falling to zero, then silence.
   * @param {Float32Array[]} output
   * @param {number} from
   * @param {number} to
   */
  #fill(output, from, to) {
    for (let at = from; at < to; at++) {
      const gain = this.#fadeOut > 0 ? --this.#fadeOut / FADE_SAMPLES : 0
      for (let c = 0; c < output.length; c++) output[c][at] = gain * this.#last[c]
    }
  }
}

scope.registerProcessor('wildtrack-pcm', PcmProcessor)
export {} // a module, for the type checker
