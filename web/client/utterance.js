// One text being spoken: takes what the server sends of it, hands it to a player, and tells its listeners.
// It knows no socket: client.js routes messages to it, and is told what to send back.

import { WildtrackError } from './wildtrack-error.js'

/** @typedef {import('../player/player.js').Player} Player */

/** How often the server is told where playback is. */
const REPORT_MS = 250

/**
 * The server's answer to `synthesize`, and the detail of 'started'.
 * @typedef {object} Started
 * @property {string} stream_id
 * @property {string} stream_token
 * @property {number} sample_rate_hz
 * @property {number} channels
 * @property {string} voice the voice that speaks
 * @property {string} requested_voice the voice that was asked for
 * @property {string} language
 * @property {string | null} notice one sentence, where the two differ
 * @property {number} [texts] messages of text that were taken
 */

/**
 * 100 ms of sound, at most.
 * @typedef {object} ChunkMessage
 * @property {string} stream_id
 * @property {number} sequence 0 and up
 * @property {number} start_sample
 * @property {ArrayBuffer | Uint8Array} pcm s16le, interleaved
 */

/**
 * What an utterance asks of its connection.
 * @typedef {object} Uplink
 * @property {(streamId: string) => void} cancel
 * @property {(report: {stream_id: string, position_s: number, underruns: number}) => void} playback
 */

/**
 * Its events, all CustomEvents: `started` (detail Started), `chunk` {pcm: Int16Array, start_sample, sequence}, `timing` (Clause,
 * ahead of its sound, where `timings` asked for it), `flushed` {flush, start_sample}, `done` {total_samples}, `cancelled` {},
 * `error` {code, message, retryable}. One of the last three comes last.
 */
export class Utterance extends EventTarget {
  #player
  #uplink
  /** @type {Started | null} */
  #started = null
  /** What the player keeps of this utterance; another one there means that somebody else took the player. */
  #recording = /** @type {Player['recording'] | null} */ (null)
  /** The first sample that has not come. */
  #received
  /** Where the last clause that was told begins, in samples and in characters; one told before comes again after a resume. */
  #told = { sample: -1, character: -1 }
  #over = false
  #settle = {
    resolve: () => {},
    reject: (/** @type {WildtrackError} */ _error) => {},
  }
  #reporting = /** @type {ReturnType<typeof setInterval> | undefined} */ (undefined)

  /**
   * @param {object} options
   * @param {Player | undefined} options.player
   * @param {Uplink} options.uplink
   * @param {number} [options.nextSample] the first one that will come
   */
  constructor({ player, uplink, nextSample = 0 }) {
    super()
    this.#player = player
    this.#uplink = uplink
    this.#received = nextSample
    /** Resolves on 'done' and 'cancelled'; rejects with the WildtrackError of 'error'. @type {Promise<void>} */
    this.finished = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject }
    })
    this.finished.catch(() => {}) // the 'error' event tells of it as well
  }

  /** @returns {string | null} null until 'started' */
  get streamId() {
    return this.#started?.stream_id ?? null
  }

  /** What resume needs, beside the stream's id: its secret and the first sample that has not come. */
  get resumePoint() {
    return { stream_token: this.#started?.stream_token ?? null, next_sample: this.#received }
  }

  /** True after 'done', 'cancelled' or 'error'. */
  get over() {
    return this.#over
  }

  /** @param {Player | undefined} player */
  uses(player) {
    return player !== undefined && player === this.#player
  }

  /** Stops the making and the sound at once. After 'done' it stops the sound. */
  stop() {
    if (this.#player && this.#holdsPlayer()) this.#player.stop()
    this.#endReports()
    if (this.#over) return
    this.#over = true
    if (this.#started) this.#uplink.cancel(this.#started.stream_id)
    this.#tell('cancelled', {})
    this.#settle.resolve()
  }

  /**
   * The server has taken the text; or, a second time, goes on with the same sound under another stream_id.
   * @param {Started} started
   */
  opened(started) {
    const goesOn = this.#started !== null
    this.#started = started
    if (this.#over) {
      this.#uplink.cancel(started.stream_id) // stopped before the answer came
      return
    }
    if (goesOn) return
    const player = this.#player
    if (player) {
      player.begin({ sampleRateHz: started.sample_rate_hz, channels: started.channels })
      this.#recording = player.recording
      player.addEventListener('ended', this.#playedOut)
      this.#reporting = setInterval(() => this.#report(), REPORT_MS)
    }
    this.#tell('started', started)
  }

  /**
   * @param {ChunkMessage} message
   * @param {() => void} acknowledge called once, when there is room for more
   */
  received(message, acknowledge) {
    if (this.#over) {
      acknowledge()
      return
    }
    const { channels } = /** @type {Started} */ (this.#started)
    const pcm = samplesOf(message.pcm)
    if (message.start_sample !== this.#received || pcm.length % channels !== 0) {
      acknowledge()
      this.#break('The sound that came does not follow on what came before. Try again.')
      return
    }
    if (this.#player && !this.#holdsPlayer()) {
      acknowledge()
      this.stop() // the player speaks something else now
      return
    }
    this.#received += pcm.length / channels
    const room = this.#player?.push(pcm)
    this.#tell('chunk', { pcm, start_sample: message.start_sample, sequence: message.sequence })
    if (room) room.then(acknowledge, acknowledge)
    else acknowledge()
  }

  /** The connection broke; it may come back. */
  lost() {}

  /**
   * The connection is back, and the stream goes on.
   * @param {{texts?: number}} _answer
   */
  resumed(_answer) {}

  /**
   * When the next clause is heard. After a resume the clause under way comes again, and is not told twice.
   * @param {import('./timed-text.js').Clause} clause
   */
  timed(clause) {
    const { start_sample: sample, start_character: character } = clause
    const told = this.#told
    if (this.#over || sample < told.sample || (sample === told.sample && character <= told.character)) return
    this.#told = { sample, character }
    this.#tell('timing', clause)
  }

  /**
   * All sound of what came before a flush has come.
   * @param {{flush: number, start_sample: number}} message
   */
  flushed({ flush, start_sample }) {
    if (!this.#over) this.#tell('flushed', { flush, start_sample })
  }

  /** @param {{total_samples: number}} message */
  done({ total_samples }) {
    if (this.#over) return
    if (total_samples !== this.#received) {
      this.#break('The sound ended before all of it had come. Try again.')
      return
    }
    this.#over = true
    this.#endPlayer()
    this.#tell('done', { total_samples })
    this.#settle.resolve()
  }

  /** @param {WildtrackError} error */
  fail(error) {
    if (this.#over) return
    this.#over = true
    this.#endPlayer() // what has come plays to its end
    this.#tell('error', error.problem)
    this.#settle.reject(error)
  }

  /**
   * Fails, and wants no more of the stream.
   * @param {WildtrackError} error
   */
  abandon(error) {
    if (this.#started) this.#uplink.cancel(this.#started.stream_id)
    this.fail(error)
  }

  /** @param {string} message */
  #break(message) {
    this.abandon(new WildtrackError({ code: 'broken_stream', message, retryable: true }))
  }

  #holdsPlayer() {
    return this.#recording !== null && this.#player?.recording === this.#recording
  }

  #endPlayer() {
    if (this.#player && this.#holdsPlayer()) void this.#player.end()
  }

  #playedOut = () => {
    if (this.#over) this.#endReports()
  }

  #report() {
    const player = this.#player
    if (!player || !this.#started || !this.#holdsPlayer()) {
      this.#endReports()
      return
    }
    this.#uplink.playback({
      stream_id: this.#started.stream_id,
      position_s: player.positionS,
      underruns: player.underruns,
    })
  }

  #endReports() {
    clearInterval(this.#reporting)
    this.#player?.removeEventListener('ended', this.#playedOut)
  }

  /**
   * @param {string} type
   * @param {object} detail
   */
  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }))
  }
}

/**
 * Browsers give an ArrayBuffer; Node gives a view that may begin at an odd byte, so it is copied.
 * @param {ArrayBuffer | Uint8Array} bytes
 */
function samplesOf(bytes) {
  return new Int16Array(ArrayBuffer.isView(bytes) ? Uint8Array.from(bytes).buffer : bytes)
}
