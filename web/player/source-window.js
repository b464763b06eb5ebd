// Keeps one SourceBuffer filled with the stretch of a recording around the place that plays: one operation at a time.
//
// The buffer is a window on the recording, not a store: what the browser evicts, or what a seek needs, is muxed again from
// the frames that were kept. So text of any length plays in bounded memory and can be sought from its first word.

import { nextStep } from './append-plan.js'
import { BLOCK_SAMPLES } from './flac.js'
import { fragment, initSegment } from './fmp4.js'

/** @typedef {import('./recording.js').Recording} Recording */

/** One append at most: small enough to leave the page responsive, large enough to refill in a few steps. */
const APPEND_S = 5
const MIN_APPEND_S = 0.25
/** When the browser's quota is reached: what is kept of the played sound, and the least lead to live with. */
const QUOTA_KEEP_S = 3
const QUOTA_MIN_LEAD_S = 1
/** While a ManagedMediaSource asks for no data, only this much is kept ahead, so that sound never stops for politeness. */
const IDLE_LEAD_S = 5
/** Data that was appended and is not buffered afterwards: so often is it tried again before giving up. */
const MAX_REWINDS = 4

export class SourceWindow {
  #recording
  #source
  #type
  #audio
  #onFailure
  /** @type {SourceBuffer | null} */
  #buffer = null
  #closed = false
  /** True from the decision for an append or a remove until its `updateend`. */
  #busy = false
  #cursor
  #sequence = 1
  #started = false
  /** True when all that is buffered is to go, since a seek went elsewhere. */
  #flush = false
  #flushing = false
  /** How often it went back to the same frame. */
  #rewinds = 0
  #rewoundTo = -1
  #leadS
  #appendS = APPEND_S
  /** Where to go once the sound there is buffered: a pending seek, in seconds. @type {number | null} */
  #target

  /**
   * @param {object} options
   * @param {Recording} options.recording what to play; may still grow
   * @param {MediaSource} options.source attached to `audio`, opening or open
   * @param {string} options.type MIME type for the SourceBuffer
   * @param {HTMLAudioElement} options.audio
   * @param {number} options.positionS where to begin
   * @param {number} options.leadS how far ahead to append
   * @param {(error: Error) => void} options.onFailure called once, when the browser refuses what was appended
   */
  constructor({ recording, source, type, audio, positionS, leadS, onFailure }) {
    this.#recording = recording
    this.#source = source
    this.#type = type
    this.#audio = audio
    this.#onFailure = onFailure
    this.#leadS = leadS
    this.#target = positionS > 0 ? positionS : null
    this.#cursor = this.#cursorFor(positionS)
    if (source.readyState === 'open') this.#open()
    else source.addEventListener('sourceopen', () => this.#open(), { once: true })
  }

  /** Where it plays, in seconds; the target while a seek waits for its data. */
  get positionS() {
    return this.#target ?? this.#audio.currentTime
  }

  /** True while a seek waits for its data. */
  get seeking() {
    return this.#target !== null
  }

  /** Seconds buffered ahead of the position. */
  get bufferedAheadS() {
    const positionS = this.positionS
    const range = this.#flush ? undefined : this.#rangeAt(positionS)
    return range ? Math.max(0, range[1] - positionS) : 0
  }

  /** Goes on: the recording has grown or is finished, or time has passed. */
  advance() {
    if (this.#closed || this.#busy || !this.#buffer || this.#buffer.updating || this.#source.readyState === 'closed') return
    const recording = this.#recording
    const step = nextStep({
      buffered: this.#ranges(),
      positionS: this.positionS,
      cursor: this.#cursor,
      frameCount: recording.frameCount,
      frameS: BLOCK_SAMPLES / recording.sampleRateHz,
      finished: recording.finished,
      ended: this.#source.readyState === 'ended',
      started: this.#started,
      flush: this.#flush,
      leadS: this.#wanted ? this.#leadS : Math.min(IDLE_LEAD_S, this.#leadS),
      appendS: this.#appendS,
    })
    if (step.kind !== 'remove') this.#flush = false // nothing was left to remove
    if (step.kind === 'append') void this.#append(step.from, step.to)
    else if (step.kind === 'remove') this.#remove(step.fromS, step.toS)
    else if (step.kind === 'rewind') this.#rewind(step.cursor)
    else if (step.kind === 'end') this.#source.endOfStream()
    else this.#tellDuration()
  }

  /**
   * Goes to a moment, buffered or not. `audio.currentTime` follows at once, or when the sound there has been appended.
   * @param {number} positionS
   */
  seek(positionS) {
    const range = this.#flush ? undefined : this.#rangeAt(positionS)
    if (range) {
      this.#target = null
      if (this.#audio.currentTime !== positionS) this.#audio.currentTime = positionS
    } else {
      this.#target = positionS
      this.#cursor = this.#cursorFor(positionS)
      this.#started = false
      this.#flush = this.#ranges().length > 0 || this.#busy
    }
    this.advance()
  }

  /**
   * True when a moment can be played without appending.
   * @param {number} positionS
   */
  holds(positionS) {
    return !this.#flush && this.#rangeAt(positionS) !== undefined
  }

  /** Lets go of the source; nothing is appended any more. */
  close() {
    this.#closed = true
  }

  #open() {
    if (this.#closed) return
    try {
      const buffer = this.#source.addSourceBuffer(this.#type)
      buffer.addEventListener('updateend', () => this.#settled())
      buffer.addEventListener('error', () => this.#fail(new Error(`The browser could not decode ${this.#type}.`)))
      this.#source.addEventListener('startstreaming', () => this.advance())
      this.#buffer = buffer
      this.#busy = true
      buffer.appendBuffer(initSegment(this.#recording))
    } catch (error) {
      this.#fail(error)
    }
  }

  #settled() {
    this.#busy = false
    if (this.#closed) return
    if (this.#flushing) this.#flush = this.#flushing = false
    if (this.#target !== null && this.#started && this.#rangeAt(this.#target)) {
      const positionS = this.#target
      this.#target = null
      this.#audio.currentTime = positionS
    }
    this.advance()
  }

  /**
   * @param {number} from frame
   * @param {number} to frame
   */
  async #append(from, to) {
    this.#busy = true
    try {
      const { sizes, data, startSample, lastFrameSamples } = await this.#recording.frames(from, to)
      if (this.#closed || this.#source.readyState === 'closed') return
      const buffer = /** @type {SourceBuffer} */ (this.#buffer)
      if (this.#cursor !== from || this.#flush) {
        this.#settled() // a seek came in between
        return
      }
      const sequence = this.#sequence++
      buffer.appendBuffer(fragment({ sequence, startSample, data, sizes, lastFrameSamples }))
      this.#cursor = from + sizes.length
      this.#started = true
    } catch (error) {
      this.#busy = false
      if (error instanceof Error && error.name === 'QuotaExceededError') this.#makeRoom()
      else this.#fail(error)
    }
  }

  /** The browser holds all it wants to. Played sound goes first; then less is appended at a time and less far ahead. */
  #makeRoom() {
    const positionS = this.positionS
    const start = this.#ranges().at(0)?.[0] ?? positionS
    if (positionS - start > QUOTA_KEEP_S + 1) {
      this.#remove(0, positionS - QUOTA_KEEP_S)
      return
    }
    const aheadS = this.bufferedAheadS
    if (this.#appendS > MIN_APPEND_S) {
      this.#appendS = Math.max(MIN_APPEND_S, this.#appendS / 2)
      this.#leadS = Math.max(QUOTA_MIN_LEAD_S, Math.min(this.#leadS, aheadS + this.#appendS))
      this.advance()
    } else if (aheadS > 0) {
      this.#leadS = Math.max(QUOTA_MIN_LEAD_S, Math.min(this.#leadS, aheadS)) // go on when some of it was played
    } else {
      this.#fail(new Error('The browser has no room for a quarter of a second of sound.'))
    }
  }

  /**
   * @param {number} fromS
   * @param {number} toS
   */
  #remove(fromS, toS) {
    this.#busy = true
    this.#flushing = this.#flush
    this.#buffer?.remove(fromS, toS)
  }

  /** @param {number} cursor */
  #rewind(cursor) {
    this.#rewinds = cursor === this.#rewoundTo ? this.#rewinds + 1 : 1
    this.#rewoundTo = cursor
    if (this.#rewinds > MAX_REWINDS) {
      this.#fail(new Error('The browser does not keep the sound it was given.'))
      return
    }
    this.#cursor = cursor
    this.advance()
  }

  /** Once the length is known it is told, even when the end is not to be appended yet. */
  #tellDuration() {
    if (this.#recording.finished && this.#source.readyState === 'open' && !Number.isFinite(this.#source.duration)) {
      this.#source.duration = this.#recording.durationS
    }
  }

  /** @param {unknown} error */
  #fail(error) {
    if (this.#closed) return
    this.#closed = true
    this.#onFailure(error instanceof Error ? error : new Error(String(error)))
  }

  /** False while a ManagedMediaSource says that it wants no data. */
  get #wanted() {
    return !('streaming' in this.#source) || this.#source.streaming === true
  }

  /**
   * One frame early, since browsers round times to microseconds.
   * @param {number} positionS
   */
  #cursorFor(positionS) {
    return positionS > 0 ? Math.max(0, this.#recording.frameAt(positionS) - 1) : 0
  }

  /** @returns {[number, number][]} */
  #ranges() {
    const buffered = this.#source.readyState === 'closed' ? undefined : this.#buffer?.buffered
    return Array.from({ length: buffered?.length ?? 0 }, (_, i) => [
      /** @type {TimeRanges} */ (buffered).start(i),
      /** @type {TimeRanges} */ (buffered).end(i),
    ])
  }

  /** @param {number} positionS */
  #rangeAt(positionS) {
    const tail = this.#recording.durationS - BLOCK_SAMPLES / this.#recording.sampleRateHz
    return this.#ranges().find(([start, end]) => start <= positionS && (positionS < end || end >= tail))
  }
}
