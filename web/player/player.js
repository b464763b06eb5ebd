// Plays speech while it is still being made, and again afterwards: PCM goes in, sound comes out, a recording is kept.
//
//   push(pcm) -> Recording (FLAC frames) -> an Output: MediaSource where that is, an AudioWorklet elsewhere or on request.
//
// The outputs read from the recording wherever playback is, so that seeking, replaying, and going over from one output to
// the other after a failure are all the same thing: "go on from here".

import { LeadGate } from './lead-gate.js'
import { MseOutput, findMediaSource } from './mse-output.js'
import { Recording } from './recording.js'
import { WorkletOutput, hasAudioWorklet } from './worklet-output.js'

/** @typedef {import('./output.js').Output} Output */

/** How far ahead of the listener the browser is filled. */
const LEAD_S = 30

/**
 * How far ahead of what was heard push() lets its caller run. More than the server's own limit of 25 s and a clause: it is to
 * park a stream by what it is told of playback, before this one runs out of the credit that it shares with others.
 */
const MADE_LEAD_S = 40

/**
 * Its events, all but 'playing' and 'error' without detail:
 * - `playing`: sound comes. CustomEvent, detail {latency_ms}: from begin() or load() to the first sound; 0 after that
 * - `waiting`: it ran dry while more is to come, and goes on by itself
 * - `timeupdate`: a few times a second; `paused`; `ended`: all of it was played
 * - `blocked`: the browser wants a tap or a key press first; call play() from one
 * - `error`: CustomEvent, detail {code, message, retryable}: no way of playing is left
 */
export class Player extends EventTarget {
  /** @type {Output} */
  #output
  #fallback
  #now
  #gate = new LeadGate(MADE_LEAD_S)
  #recording = new Recording({ sampleRateHz: 24000, channels: 1 })
  #underruns = 0
  #volume = 1
  #rate = 1
  /** True from begin() and load() to stop(): the output is attached to the recording. */
  #attached = false
  /** What the listener last asked for. */
  #wantsSound = false
  /** When begin() or load() was called; null when sound has come since. @type {number | null} */
  #begunMs = null

  /**
   * @param {object} options
   * @param {Output} options.output
   * @param {(() => Output) | null} options.fallback makes the output to go on with when the first one fails
   * @param {() => number} options.now milliseconds, monotonic
   */
  constructor({ output, fallback, now }) {
    super()
    this.#output = output
    this.#fallback = fallback
    this.#now = now
    this.#recording.finish()
    this.#listen(output)
  }

  /** @returns {'mse' | 'worklet'} */
  get kind() {
    return this.#output.kind
  }

  /** What was pushed since begin(), or what load() was given. Kept after stop(), until the next begin() or load(). */
  get recording() {
    return this.#recording
  }

  /** Where it plays, in seconds. */
  get positionS() {
    return this.#attached ? Math.min(this.#output.positionS, this.#recording.durationS) : 0
  }

  /** Seconds made so far. */
  get durationS() {
    return this.#recording.durationS
  }

  /** Seconds that the browser holds ready behind the position. */
  get bufferedAheadS() {
    return this.#attached ? this.#output.bufferedAheadS : 0
  }

  /** How often it ran dry since begin() or load(). */
  get underruns() {
    return this.#underruns
  }

  /** True when all of the utterance has been pushed: durationS will not change. */
  get complete() {
    return this.#recording.finished
  }

  /** 0 to 1 */
  get volume() {
    return this.#volume
  }

  set volume(volume) {
    this.#volume = Math.max(0, Math.min(1, volume))
    this.#output.volume = this.#volume
  }

  /** How fast it plays; always 1 where the browser's way of playing has no other. */
  get rate() {
    return this.#output.rate
  }

  set rate(rate) {
    this.#rate = rate
    this.#output.rate = rate
  }

  /**
   * Call it within the tap or key press that asks for speech, before begin(): browsers let only those start sound, and the
   * first audio comes sooner when the source is open already. Drops what plays.
   */
  unlock() {
    this.stop()
    this.#output.unlock()
  }

  /**
   * Starts a fresh utterance in place of the one before, and plays it as it comes.
   * @param {object} format
   * @param {number} format.sampleRateHz
   * @param {number} format.channels
   */
  begin({ sampleRateHz, channels }) {
    this.#attach(new Recording({ sampleRateHz, channels }))
    void this.play().catch(() => {}) // 'blocked' tells of it
  }

  /**
   * Takes a recording to play again; play() starts it.
   * @param {Recording} recording finished
   */
  load(recording) {
    this.#attach(recording)
    if (recording.totalSamples > 0) this.#output.advance()
  }

  /**
   * @param {Int16Array} pcm interleaved samples; copied before this returns
   * @returns {Promise<void>} resolves when there is room for more: this is the credit to give to the maker
   */
  push(pcm) {
    const recording = this.#recording
    if (!this.#attached || recording.finished) return Promise.resolve()
    recording.append(pcm)
    this.#output.advance()
    this.#gate.moved(this.#output.positionS)
    return this.#gate.pass(recording.durationS)
  }

  /**
   * No more comes; what is there plays to its end.
   * @returns {Promise<void>} resolves when the recording is whole; 'ended' tells when it was heard
   */
  async end() {
    this.#recording.finish()
    this.#gate.release()
    if (!this.#attached) return
    if (this.#recording.totalSamples > 0) {
      this.#output.advance()
      return
    }
    this.stop()
    this.dispatchEvent(new Event('ended'))
  }

  /** Silence at once. The recording stays, as far as it got; play() plays it again from its start. */
  stop() {
    this.#recording.finish()
    this.#gate.release()
    this.#wantsSound = false
    if (!this.#attached) return
    this.#attached = false
    this.#output.stop()
  }

  /**
   * Plays on after pause(), again after the end, or what load() was given.
   * @returns {Promise<void>} rejects with NotAllowedError when the browser wants a tap first
   */
  async play() {
    if (!this.#attached) {
      if (this.#recording.totalSamples === 0) return
      this.load(this.#recording)
    }
    this.#wantsSound = true
    await this.#output.play()
  }

  pause() {
    this.#wantsSound = false
    this.#output.pause()
  }

  /**
   * Anywhere from 0 to durationS, also while more is being made.
   * @param {number} positionS
   */
  seek(positionS) {
    if (!this.#attached) return
    this.#output.seek(Math.max(0, Math.min(positionS, this.#recording.durationS)))
    this.#gate.moved(this.#output.positionS)
  }

  /** @param {Recording} recording */
  #attach(recording) {
    this.#recording.finish()
    this.#gate.restart()
    this.#recording = recording
    this.#underruns = 0
    this.#begunMs = this.#now()
    this.#attached = true
    this.#output.start(recording, 0)
  }

  /** @param {Output} output */
  #listen(output) {
    output.volume = this.#volume
    output.rate = this.#rate
    /**
     * @param {string} type
     * @param {(event: Event) => void} act
     */
    const on = (type, act) => output.addEventListener(type, (event) => this.#attached && output === this.#output && act(event))
    for (const type of ['paused', 'ended']) on(type, () => this.dispatchEvent(new Event(type)))
    on('playing', () => this.#playing())
    on('waiting', () => {
      this.#underruns++
      this.dispatchEvent(new Event('waiting'))
    })
    on('timeupdate', () => {
      this.#gate.moved(output.positionS)
      this.dispatchEvent(new Event('timeupdate'))
    })
    on('failed', (event) => this.#failed(/** @type {CustomEvent} */ (event).detail))
    // A refusal may come between unlock() and begin(), when nothing is attached yet; it comes again at begin().
    on('blocked', () => this.dispatchEvent(new Event('blocked')))
  }

  #playing() {
    const latencyMs = this.#begunMs === null ? 0 : this.#now() - this.#begunMs
    this.#begunMs = null
    this.dispatchEvent(new CustomEvent('playing', { detail: { latency_ms: latencyMs } }))
  }

  /** @param {{error: Error, positionS: number}} detail */
  #failed({ error, positionS }) {
    const recording = this.#recording
    this.#output.stop()
    if (this.#fallback) {
      this.#output = this.#fallback()
      this.#fallback = null
      this.#listen(this.#output)
      this.#output.start(recording, positionS)
      if (recording.totalSamples > 0) this.#output.advance()
      if (this.#wantsSound) void this.#output.play().catch(() => {}) // 'blocked' tells of it
      return
    }
    this.stop()
    const detail = { code: 'playback_failed', message: `The browser cannot play the sound: ${error.message}`, retryable: false }
    this.dispatchEvent(new CustomEvent('error', { detail }))
  }
}

/**
 * Makes the player that this browser can have.
 * @param {object} options
 * @param {HTMLAudioElement} options.audio what MediaSource plays through; needs no `src` and no `controls`
 * @param {'auto' | 'mse' | 'worklet'} [options.mode] auto: MediaSource, else the worklet. worklet: the worklet, which starts
 *   a little sooner, but stops in a phone's background
 * @param {(typeof globalThis & Window)} [options.scope] the browser, for tests
 * @returns {Promise<Player>} rejects when the browser has none of them
 */
export async function createPlayer({ audio, mode = 'auto', scope = window }) {
  const now = () => scope.performance.now()
  const makeWorklet = () => new WorkletOutput({ scope })
  const found = mode === 'worklet' ? null : findMediaSource(scope)
  if (found) {
    const output = new MseOutput({ audio, ...found, leadS: LEAD_S })
    return new Player({ output, fallback: mode === 'auto' && hasAudioWorklet(scope) ? makeWorklet : null, now })
  }
  if (mode === 'mse' || !hasAudioWorklet(scope)) throw new Error('This browser can play no sound that is still being made.')
  return new Player({ output: makeWorklet(), fallback: null, now })
}
