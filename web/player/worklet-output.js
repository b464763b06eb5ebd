// Makes a recording audible through an AudioWorklet: where MediaSource takes no FLAC, and where every millisecond counts.
//
// The audio thread holds two seconds at most; the rest stays in the recording. The AudioContext runs at the speech's own
// sample rate, so that the browser resamples, once, with its own filter.

/** @typedef {import('./recording.js').Recording} Recording */
/** @typedef {import('./pcm-worklet.js').PcmReport} PcmReport */

/** How far ahead of the sound the audio thread is fed, and how much it is sent at once. */
const LEAD_S = 2
const PIECE_S = 0.25
/** A context that does not run so long after resume(), on a page that was never tapped, waits for a tap. */
const BLOCKED_AFTER_MS = 1000
/** Reports in silence, a tenth of a second each, before the context is suspended: the last sound must be out by then. */
const IDLE_REPORTS = 10
/** The rate of all our voices so far: unlock() comes before the rate is known. */
const USUAL_RATE_HZ = 24000

/**
 * Browsers have AudioWorklet on https and on localhost only.
 * @param {Window & typeof globalThis} scope
 */
export function hasAudioWorklet(scope) {
  return 'AudioWorkletNode' in scope && 'audioWorklet' in scope.AudioContext.prototype
}

export class WorkletOutput extends EventTarget {
  kind = /** @type {const} */ ('worklet')
  #scope
  /** @type {AudioContext | null} */
  #context = null
  /** @type {GainNode | null} */
  #gain = null
  /** @type {MessagePort | null} null until the module has been loaded */
  #port = null
  /** @type {Recording | null} */
  #recording = null
  #volume = 1
  #wantsSound = false
  /** From unlock() or play() to pause() or stop(): the context is not to be suspended. */
  #wantsContext = false
  /** Counts starts and seeks: what the audio thread says of an earlier one is not heeded. */
  #turn = 0
  /** The next sample to send. */
  #sent = 0
  #finalSent = false
  #feeding = false
  /** The last word from the audio thread, and the context's time when it came. @type {PcmReport} */
  #report = { turn: 0, state: 'held', sample: 0 }
  #reportedAtS = 0
  #idleReports = 0

  /**
   * @param {object} options
   * @param {Window & typeof globalThis} options.scope
   */
  constructor({ scope }) {
    super()
    this.#scope = scope
  }

  get positionS() {
    const recording = this.#recording
    if (!recording) return 0
    const rateHz = recording.sampleRateHz
    const sinceS = this.#report.state === 'playing' && this.#context ? this.#context.currentTime - this.#reportedAtS : 0
    return Math.min(this.#sent, this.#report.sample + sinceS * rateHz) / rateHz
  }

  get bufferedAheadS() {
    return this.#recording ? this.#sent / this.#recording.sampleRateHz - this.positionS : 0
  }

  get rate() {
    return 1
  }

  set rate(_rate) {
    // Samples go out as they are: another speed would need them resampled.
  }

  get volume() {
    return this.#volume
  }

  set volume(volume) {
    this.#volume = volume
    if (this.#gain) this.#gain.gain.value = volume
  }

  unlock() {
    this.#wantsContext = true
    void (this.#context ?? this.#makeContext(USUAL_RATE_HZ)).resume()
  }

  /**
   * @param {Recording} recording
   * @param {number} positionS
   */
  start(recording, positionS) {
    this.#recording = recording
    this.#wantsSound = false
    if (this.#context?.sampleRate !== recording.sampleRateHz) this.#makeContext(recording.sampleRateHz)
    this.#post({ kind: 'hold', held: true })
    this.#goTo(Math.round(positionS * recording.sampleRateHz))
  }

  advance() {
    void this.#feed()
  }

  async play() {
    const context = this.#context
    if (!context || !this.#recording) return
    this.#wantsSound = this.#wantsContext = true
    if (this.#report.state === 'ended') this.#goTo(0)
    this.#post({ kind: 'hold', held: false })
    // Asked even while it runs: a suspend() may be under way, and the last word counts.
    const running = context.resume().then(() => true)
    const late = new Promise((resolve) => this.#scope.setTimeout(resolve, BLOCKED_AFTER_MS, false))
    const settled = (await Promise.race([running, late])) || context !== this.#context || !this.#wantsSound
    if (settled || this.#scope.navigator.userActivation?.hasBeenActive) return
    this.dispatchEvent(new Event('blocked'))
    throw new DOMException('The browser wants a tap before it plays sound.', 'NotAllowedError')
  }

  pause() {
    if (!this.#wantsSound) return
    this.#wantsSound = this.#wantsContext = false
    this.#post({ kind: 'hold', held: true })
    this.dispatchEvent(new Event('paused'))
  }

  /** @param {number} positionS */
  seek(positionS) {
    if (!this.#recording) return
    this.#goTo(Math.round(positionS * this.#recording.sampleRateHz))
    this.dispatchEvent(new Event('timeupdate'))
  }

  stop() {
    this.#recording = null
    this.#wantsSound = this.#wantsContext = false
    this.#post({ kind: 'hold', held: true })
    this.#clear(0, 1)
  }

  /** @param {number} sample */
  #goTo(sample) {
    const recording = /** @type {Recording} */ (this.#recording)
    this.#clear(sample, recording.channels)
    void this.#feed()
  }

  /**
   * @param {number} sample
   * @param {number} channels
   */
  #clear(sample, channels) {
    this.#turn++
    this.#sent = sample
    this.#finalSent = false
    this.#report = { turn: this.#turn, state: 'starting', sample }
    this.#post({ kind: 'clear', turn: this.#turn, channels, sample })
  }

  /** Sends on until the audio thread has its lead, or all there is. One at a time, so that order holds. */
  async #feed() {
    if (this.#feeding || !this.#port) return
    this.#feeding = true
    try {
      for (let recording = this.#recording; recording; recording = this.#recording) {
        const { sampleRateHz, totalSamples, finished } = recording
        if (this.#sent === totalSamples && finished && !this.#finalSent) {
          this.#finalSent = true
          this.#post({ kind: 'final', turn: this.#turn })
        }
        const lead = this.#report.sample + LEAD_S * sampleRateHz
        const to = Math.min(totalSamples, lead, this.#sent + PIECE_S * sampleRateHz)
        if (to <= this.#sent) break
        const turn = this.#turn
        const pcm = await recording.pcm(this.#sent, Math.floor(to))
        if (turn !== this.#turn) continue // a seek came in between
        this.#sent += pcm.length / recording.channels
        this.#post({ kind: 'pcm', turn, pcm }, [pcm.buffer])
      }
    } finally {
      this.#feeding = false
    }
  }

  /**
   * @param {object} message
   * @param {Transferable[]} [transfer]
   */
  #post(message, transfer = []) {
    this.#port?.postMessage(message, transfer)
  }

  /** @param {PcmReport} report */
  #heard(report) {
    if (report.turn !== this.#turn) return
    const before = this.#report.state
    this.#report = report
    const context = /** @type {AudioContext} */ (this.#context)
    this.#reportedAtS = context.currentTime
    if (report.state === 'ended' && before !== 'ended') this.#wantsContext = false
    this.#idleReports = this.#wantsContext ? 0 : this.#idleReports + 1
    if (this.#idleReports === IDLE_REPORTS) void context.suspend()
    if (!this.#recording) return
    this.dispatchEvent(new Event('timeupdate'))
    if (report.state !== before) {
      if (report.state === 'playing') this.dispatchEvent(new Event('playing'))
      else if (report.state === 'dry') this.dispatchEvent(new Event('waiting'))
      else if (report.state === 'ended') this.dispatchEvent(new Event('ended'))
    }
    void this.#feed()
  }

  /** @param {number} rateHz */
  #makeContext(rateHz) {
    void this.#context?.close()
    this.#port = null
    const context = new this.#scope.AudioContext({ sampleRate: rateHz, latencyHint: 'interactive' })
    this.#context = context
    this.#gain = new this.#scope.GainNode(context, { gain: this.#volume })
    this.#gain.connect(context.destination)
    void this.#load(context, this.#gain)
    return context
  }

  /**
   * @param {AudioContext} context
   * @param {GainNode} gain
   */
  async #load(context, gain) {
    try {
      await context.audioWorklet.addModule(new URL('./pcm-worklet.js', import.meta.url))
      if (context !== this.#context) return
      const node = new this.#scope.AudioWorkletNode(context, 'wildtrack-pcm', { numberOfInputs: 0, outputChannelCount: [2] })
      node.connect(gain)
      node.port.onmessage = ({ data }) => context === this.#context && this.#heard(data)
      this.#port = node.port
      const sample = this.#sent
      if (this.#recording) this.#goTo(sample)
      this.#post({ kind: 'hold', held: !this.#wantsSound })
    } catch (error) {
      if (context === this.#context) this.dispatchEvent(new CustomEvent('failed', { detail: { error, positionS: this.positionS } }))
    }
  }
}
