// Makes a recording audible through an <audio> element and MediaSource, or ManagedMediaSource where only that is (iPhone).

import { SourceWindow } from './source-window.js'

/** @typedef {import('./recording.js').Recording} Recording */
/** @typedef {{new (): MediaSource, isTypeSupported(type: string): boolean}} MediaSourceClass */

/** Safari is reported to want the first spelling, the one of the sample entry; either may be the one that works. */
const TYPES = ['audio/mp4; codecs="fLaC"', 'audio/mp4; codecs="flac"']

/** Sound that came this far before a failure speaks for the type: the same one is tried again. */
const PROVEN_S = 1

/**
 * The browser's class, and the spellings of our type that it takes.
 * @param {Partial<Pick<Window & typeof globalThis, 'MediaSource' | 'ManagedMediaSource'>>} scope
 * @returns {{Source: MediaSourceClass, types: string[]} | null} null when it takes none
 */
export function findMediaSource(scope) {
  const Source = scope.MediaSource ?? scope.ManagedMediaSource
  const types = Source ? TYPES.filter((type) => Source.isTypeSupported(type)) : []
  return Source && types.length > 0 ? { Source, types } : null
}

export class MseOutput extends EventTarget {
  kind = /** @type {const} */ ('mse')
  #audio
  #Source
  #types
  #leadS
  /** @type {MediaSource | null} attached in unlock() for a start() to come */
  #ready = null
  /** @type {SourceWindow | null} */
  #window = null
  /** @type {Recording | null} */
  #recording = null
  #startedAtS = 0
  #waiting = false

  /**
   * @param {object} options
   * @param {HTMLAudioElement} options.audio
   * @param {MediaSourceClass} options.Source
   * @param {string[]} options.types spellings to try in turn, at least one
   * @param {number} options.leadS how far ahead to append
   */
  constructor({ audio, Source, types, leadS }) {
    super()
    this.#audio = audio
    this.#Source = Source
    this.#types = [...types]
    this.#leadS = leadS
    audio.disableRemotePlayback = true // ManagedMediaSource refuses to open without
    audio.addEventListener('playing', () => this.#playing())
    audio.addEventListener('waiting', () => this.#dry())
    audio.addEventListener('timeupdate', () => this.#moved())
    audio.addEventListener('seeking', () => this.#seeking())
    // Events come late: each is held against the element's state, for it may speak of an utterance that was replaced.
    audio.addEventListener('pause', () => this.#tell('paused', audio.paused && !audio.ended))
    audio.addEventListener('ended', () => this.#tell('ended', audio.ended))
    audio.addEventListener('error', () => {
      if (audio.error) this.#failed(new Error(audio.error.message || 'The browser could not play the sound.'))
    })
  }

  get positionS() {
    return this.#window ? this.#window.positionS : 0
  }

  get bufferedAheadS() {
    return this.#window ? this.#window.bufferedAheadS : 0
  }

  get volume() {
    return this.#audio.volume
  }

  set volume(volume) {
    this.#audio.volume = volume
  }

  get rate() {
    return this.#audio.playbackRate
  }

  set rate(rate) {
    this.#audio.defaultPlaybackRate = rate // a new source begins with this one
    this.#audio.playbackRate = rate
  }

  unlock() {
    this.stop()
    this.#ready = this.#attach()
    this.play().catch(() => {
      // play() outside a tap will be refused again, and told then.
    })
  }

  /**
   * @param {Recording} recording
   * @param {number} positionS
   */
  start(recording, positionS) {
    this.#window?.close()
    const source = this.#ready ?? this.#attach()
    this.#ready = null
    this.#recording = recording
    this.#startedAtS = positionS
    this.#waiting = false
    this.#window = new SourceWindow({
      recording,
      source,
      type: this.#types[0],
      audio: this.#audio,
      positionS,
      leadS: this.#leadS,
      onFailure: (error) => this.#failed(error),
    })
  }

  advance() {
    this.#window?.advance()
  }

  async play() {
    try {
      await this.#audio.play()
    } catch (error) {
      // AbortError: a pause or another source came before the first sound. That is no failure.
      if (error instanceof Error && error.name === 'NotAllowedError') {
        this.dispatchEvent(new Event('blocked'))
        throw error
      }
    }
  }

  pause() {
    this.#audio.pause()
  }

  /** @param {number} positionS */
  seek(positionS) {
    this.#window?.seek(positionS)
  }

  stop() {
    this.#window?.close()
    this.#window = null
    this.#recording = null
    this.#ready = null
    this.#audio.pause()
    if (this.#audio.hasAttribute('src')) {
      this.#audio.removeAttribute('src')
      this.#audio.load()
    }
  }

  #attach() {
    const source = new this.#Source()
    const url = URL.createObjectURL(source)
    source.addEventListener('sourceopen', () => URL.revokeObjectURL(url), { once: true })
    this.#audio.src = url
    return source
  }

  #playing() {
    if (this.#audio.paused) return
    this.#waiting = false
    this.#tell('playing')
  }

  /** The element also waits at the start and after a seek; only running dry is told. */
  #dry() {
    const heard = this.#audio.currentTime > this.#startedAtS
    if (this.#waiting || !heard || this.#audio.seeking || this.#window?.seeking) return
    this.#waiting = true
    this.#tell('waiting')
  }

  #moved() {
    this.#window?.advance()
    this.#tell('timeupdate')
  }

  /** A seek that the element's own controls began, or a replay after the end. */
  #seeking() {
    const window = this.#window
    if (window && !window.seeking && !window.holds(this.#audio.currentTime)) window.seek(this.#audio.currentTime)
  }

  /**
   * @param {string} type
   * @param {boolean} [when]
   */
  #tell(type, when = true) {
    if (this.#window && when) this.dispatchEvent(new Event(type))
  }

  /**
   * Tries again where it stopped: with the same spelling of the type if that was heard to work, else with the next.
   * @param {Error} error
   */
  #failed(error) {
    const window = this.#window
    if (!window) return
    const positionS = window.positionS
    window.close()
    if (positionS < this.#startedAtS + PROVEN_S) this.#types.shift()
    if (this.#types.length === 0) {
      this.#window = null
      this.dispatchEvent(new CustomEvent('failed', { detail: { error, positionS } }))
      return
    }
    const paused = this.#audio.paused
    this.start(/** @type {Recording} */ (this.#recording), positionS)
    if (!paused) void this.play().catch(() => {}) // 'blocked' tells of it
  }
}
