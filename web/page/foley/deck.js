// What is heard of a video: one recording at a time, played, paused, sought, and taken over by another in the middle.
// No DOM here, and no server: session.js brings the sound.
import { asProblem } from '../link.js'

/** @typedef {import('../../player/player.js').Player} Player */
/** @typedef {import('../../player/recording.js').Recording} Recording */
/** @typedef {import('../link.js').Problem} Problem */

/**
 * Dispatches `change` (playing), `moved`, `heard` (another sound is in the player, or its first moment was heard), `blocked`,
 * `paused` (because somebody wanted it), `ended`, and `failed` (detail Problem).
 */
export class Deck extends EventTarget {
  playing = false
  /** False also while it plays and waits for what is still being made. */
  sounding = false
  /** From being asked for to the first audible sound; null before. @type {number | null} */
  latencyMs = null
  #makePlayer
  #now
  /** @type {Player | null} */
  #player = null
  /** @type {Recording | null} */
  #recording = null
  #volume = 1
  #rate = 1
  #wantsSound = true

  /**
   * @param {object} parts
   * @param {() => Promise<Player>} parts.makePlayer
   * @param {() => number} parts.now milliseconds, monotonic
   */
  constructor({ makePlayer, now }) {
    super()
    this.#makePlayer = makePlayer
    this.#now = now
  }

  /** Makes the player before it is needed: only a tap may start sound, and it must find the player there. */
  async prepare() {
    try {
      const player = await this.#makePlayer()
      this.#player = player
      player.volume = this.#volume
      player.rate = this.#rate
      this.#listen(player)
    } catch (error) {
      this.#fail({ ...asProblem(error), code: 'playback_failed' })
    }
  }

  /** What is heard, or null before the first sound. */
  get recording() {
    return this.#recording
  }

  get positionS() {
    return this.#recording && this.#player ? this.#player.positionS : 0
  }

  /** Seconds made so far of what is heard. */
  get durationS() {
    return this.#recording?.durationS ?? 0
  }

  /** @param {number} volume 0 to 1 */
  set volume(volume) {
    this.#volume = volume
    if (this.#player) this.#player.volume = volume
  }

  /** How fast it plays. */
  get rate() {
    return this.#player?.rate ?? 1
  }

  set rate(rate) {
    this.#rate = rate
    if (this.#player) this.#player.rate = rate
    this.#emit('change')
  }

  /** Call it within the tap or key press that asks for sound: it will play when it comes. */
  unlock() {
    this.#wantsSound = true
    this.#player?.unlock()
  }

  /**
   * More of a recording, whether it is heard yet or not.
   * @param {Recording} recording
   * @param {Int16Array} pcm
   */
  add(recording, pcm) {
    if (recording === this.#recording && this.#player) void this.#player.push(pcm)
    else recording.append(pcm)
  }

  /**
   * Another sound is heard from here on, at the place where the one before was.
   * @param {Recording} recording may still grow
   * @param {number} askedMs when it was asked for
   */
  takeOver(recording, askedMs) {
    const player = this.#player
    const { positionS } = this
    const isFirst = this.#recording === null
    this.#recording = recording
    if (!player) return
    player.load(recording)
    if (positionS > 0 && positionS < recording.durationS) player.seek(positionS)
    if (isFirst) {
      const tell = () => {
        if (this.#recording !== recording) return
        this.latencyMs = this.#now() - askedMs
        this.#emit('heard')
      }
      player.addEventListener('playing', tell, { once: true })
    }
    if (this.#wantsSound) void player.play().catch(() => {}) // 'blocked' tells of it
    this.#emit('heard')
  }

  /** What is heard is whole, or all that there will be. */
  end() {
    if (this.#player) void this.#player.end()
    else this.#recording?.finish()
  }

  /** Silence, and nothing to hear. */
  empty() {
    this.#player?.stop()
    this.#recording = null
    this.latencyMs = null
    this.sounding = false
    this.#become(false)
    this.#emit('heard')
  }

  /** Plays on, or again from the start. */
  async play() {
    if (!this.#player || !this.#recording) return
    this.#wantsSound = true
    await this.#player.play().catch(() => {}) // 'blocked' tells of it
  }

  pause() {
    this.#wantsSound = false
    this.#player?.pause()
  }

  /** @param {number} positionS */
  seek(positionS) {
    this.#player?.seek(positionS)
    this.#emit('moved')
  }

  /** For whoever steers it from outside. */
  stop() {
    this.pause()
  }

  /** @param {Player} player */
  #listen(player) {
    /**
     * @param {boolean} sounding
     * @param {boolean} playing
     */
    const sound = (sounding, playing) => {
      this.sounding = sounding
      this.#become(playing)
      this.#emit('moved')
    }
    player.addEventListener('playing', () => sound(true, true))
    player.addEventListener('waiting', () => sound(false, this.playing))
    player.addEventListener('paused', () => {
      sound(false, false)
      if (!this.#wantsSound) this.#emit('paused')
    })
    player.addEventListener('ended', () => {
      sound(false, false)
      this.#emit('ended')
    })
    player.addEventListener('timeupdate', () => this.#emit('moved'))
    player.addEventListener('blocked', () => this.#emit('blocked'))
    player.addEventListener('error', (event) => this.#fail(/** @type {CustomEvent} */ (event).detail))
  }

  /** @param {boolean} playing */
  #become(playing) {
    if (playing === this.playing) return
    this.playing = playing
    this.#emit('change')
  }

  /** @param {Problem} problem */
  #fail(problem) {
    this.dispatchEvent(new CustomEvent('failed', { detail: problem }))
  }

  /** @param {string} type */
  #emit(type) {
    this.dispatchEvent(new Event(type))
  }
}
