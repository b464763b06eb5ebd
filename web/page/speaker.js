// What the page does with sound: speaks a text, stops, plays, pauses, seeks, and plays again what was made before.
// One take is in hand at a time. No DOM here: the views listen and ask.
import { TimedText } from '../client/timed-text.js'
import { asProblem } from './link.js'

/** @typedef {import('../player/player.js').Player} Player */
/** @typedef {Player['recording']} Recording */
/** @typedef {import('./link.js').Client} Client */
/** @typedef {import('./link.js').Link} Link */

/**
 * What somebody asked to hear.
 * @typedef {object} Request
 * @property {string} text
 * @property {string} voice a voice's id, or `default`
 * @property {number} speed 0.25 to 4
 * @property {number} seed not negative
 * @property {boolean} [ssml] whether the text is SSML
 * @property {string} [emotion]
 * @property {number} [emotion_intensity] per cent
 * @property {number} [pitch_semitones]
 * @property {('words' | 'phonemes' | 'visemes')[]} [timings] what to be told of the sound
 */

/**
 * One utterance, spoken or being spoken.
 * @typedef {object} Take
 * @property {number} id counts up from 1 in this page
 * @property {Request} request
 * @property {string} voiceId the voice that speaks; the server's choice where `default` was asked
 * @property {Date} at
 * @property {Recording} recording
 * @property {TimedText} timed when its words are heard, as far as is known
 * @property {boolean} making whether more sound is still coming
 * @property {boolean} isWhole whether all of it was made
 * @property {number | null} latencyMs from being asked to the first audible sound; null before
 */

/**
 * `starting`: asked, nothing audible yet. `speaking`: audible or paused while more comes. `idle`: neither; the transport
 * can still play what is in hand.
 * @typedef {'idle' | 'starting' | 'speaking'} Phase
 */

/** @typedef {'starting' | 'speaking' | 'playing' | 'paused' | 'finished' | 'broken' | 'stopped'} News */

/**
 * @typedef {object} SpeakerEvents
 * @property {CustomEvent<{news: News}>} news something a listener wants to be told
 * @property {CustomEvent<{requested: string, voice: string, sentence: string}>} notice the server did otherwise than asked
 * @property {CustomEvent<{problem: import('./link.js').Problem}>} problem
 * @property {CustomEvent<{take: Take}>} kept a take is over and holds sound
 */

/**
 * Dispatches SpeakerEvents, and `change` (phase, playing), `take` (another take in hand), `grown`, `timed` (more words are
 * known), `moved`, `heard` (the first sound of a text is audible), `blocked` (the browser wants a tap: call play() in one).
 */
export class Speaker extends EventTarget {
  /** @type {Phase} */
  phase = 'idle'
  playing = false
  /** @type {Take | null} */
  take = null
  #link
  #makePlayer
  #now
  /** @type {Player | null} */
  #player = null
  /** @type {Promise<Player> | null} The player being made. */
  #coming = null
  /** Whether the player holds the take in hand; a stop lets go of it. */
  #isLoaded = false
  #volume = 1
  #takes = 0
  /** What is being spoken. Every `speak` and `stop` makes a new one, so that late news of an old one is not taken for its. */
  #turn = { utterance: /** @type {ReturnType<Client['speak']> | null} */ (null), askedMs: 0 }

  /**
   * @param {object} parts
   * @param {Link} parts.link
   * @param {(mode: 'auto' | 'worklet') => Promise<Player>} parts.makePlayer
   * @param {() => number} parts.now milliseconds, monotonic
   */
  constructor({ link, makePlayer, now }) {
    super()
    this.#link = link
    this.#makePlayer = makePlayer
    this.#now = now
  }

  get positionS() {
    return this.#isLoaded && this.#player ? this.#player.positionS : 0
  }

  /** Seconds made so far of the take in hand. */
  get durationS() {
    const recording = this.take?.recording
    return recording ? recording.totalSamples / recording.sampleRateHz : 0
  }

  /** @param {number} volume 0 to 1 */
  set volume(volume) {
    this.#volume = volume
    if (this.#player) this.#player.volume = volume
  }

  /**
   * Makes the player before it is needed: on a phone the first tap must find it there, for only a tap may start sound.
   * @param {'auto' | 'worklet'} mode
   */
  async prepare(mode) {
    this.stop()
    this.#player = null
    this.#isLoaded = false
    const coming = this.#makePlayer(mode)
    this.#coming = coming
    try {
      const player = await coming
      if (this.#coming !== coming) return
      player.volume = this.#volume
      this.#listen(player)
      this.#player = player
    } catch (error) {
      this.#emit('problem', { problem: { ...asProblem(error), code: 'playback_failed' } })
    }
  }

  /**
   * Speaks a text, in place of whatever sounds now. With player and connection at hand it starts within this call, so
   * that the browser sees sound begin in the tap itself.
   * @param {Request} request
   */
  async speak(request) {
    this.stop()
    const turn = { utterance: null, askedMs: this.#now() }
    this.#turn = turn
    this.#become('starting', false)
    this.#tell('starting')
    // The client unlocks the player itself, but only once there is a client, and then the tap may be long over.
    if (!this.#link.client) this.#player?.unlock()
    const player = this.#player ?? (await this.#coming?.catch(() => null))
    const client = this.#link.client ?? (await this.#link.ready())
    if (turn !== this.#turn) return
    if (player) this.#start(client, player, request)
    else this.#fail({ code: 'playback_failed', message: 'This browser plays no sound.', retryable: false })
  }

  /** Silence at once. What was made so far stays in hand. */
  stop() {
    const wasHeard = this.phase !== 'idle' || this.playing
    this.#halt()
    if (wasHeard) this.#tell('stopped')
  }

  #halt() {
    this.#turn.utterance?.stop()
    this.#turn = { utterance: null, askedMs: 0 }
    this.#player?.stop()
    this.#isLoaded = false
    this.#become('idle', false)
    this.#close()
    this.#emit('moved')
  }

  /** Plays what is in hand, from the start where it is over or was stopped. */
  async play() {
    const player = this.#player
    if (!player || !this.take) return
    if (!this.#isLoaded) {
      player.load(this.take.recording)
      this.#isLoaded = true
    } else if (!this.take.making && player.positionS >= this.durationS - 0.02) {
      player.seek(0)
    }
    // A browser that refuses says so by `blocked`, one that cannot by `error`.
    await player.play().catch(() => {})
  }

  pause() {
    this.#player?.pause()
  }

  /** @param {number} positionS clamped to what has been made */
  seek(positionS) {
    if (!this.#player || !this.take) return
    if (!this.#isLoaded) {
      this.#player.load(this.take.recording)
      this.#isLoaded = true
    }
    this.#player.seek(Math.max(0, Math.min(positionS, this.durationS)))
    this.#emit('moved')
  }

  /**
   * Takes an earlier take in hand and plays it.
   * @param {Take} take
   */
  replay(take) {
    this.stop()
    this.take = take
    this.#emit('take')
    return this.play()
  }

  /**
   * @param {Client} client
   * @param {Player} player
   * @param {Request} request
   */
  #start(client, player, request) {
    const turn = this.#turn
    const utterance = client.speak({ ...request, player })
    turn.utterance = utterance
    const on = (/** @type {string} */ type, /** @type {(detail: any) => void} */ act) => {
      utterance.addEventListener(type, (event) => {
        if (turn === this.#turn && event instanceof CustomEvent) act(event.detail)
      })
    }
    on('started', (/** @type {{voice: string, requested_voice: string, notice: string | null}} */ detail) => {
      this.#takes += 1
      this.take = {
        id: this.#takes,
        request,
        voiceId: detail.voice,
        at: new Date(),
        recording: player.recording,
        timed: new TimedText(request.text, player.recording.sampleRateHz),
        making: true,
        isWhole: false,
        latencyMs: null,
      }
      this.#isLoaded = true
      this.#emit('take')
      if (detail.notice) {
        const { requested_voice: requested, voice, notice: sentence } = detail
        this.#emit('notice', { requested, voice, sentence })
      }
    })
    on('timing', (/** @type {import('../client/timed-text.js').Clause} */ clause) => {
      this.take?.timed.add(clause)
      this.#emit('timed')
    })
    on('chunk', () => this.#emit('grown'))
    on('done', () => {
      if (this.take) Object.assign(this.take, { making: false, isWhole: true })
      this.#emit('grown')
    })
    on('error', (/** @type {import('./link.js').Problem} */ problem) => {
      if (!this.take?.making || this.durationS === 0) {
        this.#fail(problem)
        return
      }
      // What has come plays to its end: half a text is better heard than cut.
      this.take.making = false
      this.#emit('grown')
      this.#emit('problem', { problem })
    })
    utterance.finished.catch(() => {
      // The `error` event has told it already.
    })
  }

  /** @param {Player} player */
  #listen(player) {
    const on = (/** @type {string} */ type, /** @type {(event: Event) => void} */ act) => {
      player.addEventListener(type, (event) => {
        if (player === this.#player) act(event)
      })
    }
    on('playing', () => {
      if (!this.#isLoaded) return
      const turn = this.#turn
      const { take } = this
      if (turn.utterance && take && take.latencyMs === null) {
        take.latencyMs = this.#now() - turn.askedMs
        this.#emit('heard')
      }
      this.#become(this.phase === 'starting' ? 'speaking' : this.phase, true)
      this.#tell(this.phase === 'speaking' ? 'speaking' : 'playing')
    })
    on('paused', () => {
      if (!this.playing) return
      // A whole take that rests is the transport's; one still being made is still being spoken.
      this.#become(this.take?.making ? this.phase : 'idle', false)
      this.#tell('paused')
    })
    on('timeupdate', () => this.#emit('moved'))
    on('ended', () => {
      if (!this.#isLoaded) return
      const isBroken = this.#turn.utterance !== null && this.take?.isWhole === false
      this.#turn.utterance = null
      this.#become('idle', false)
      this.#close()
      this.#emit('moved')
      this.#tell(isBroken ? 'broken' : 'finished')
    })
    on('blocked', () => this.#emit('blocked'))
    on('error', (event) => {
      const detail = event instanceof CustomEvent ? event.detail : null
      this.#fail({ ...asProblem(detail), code: 'playback_failed' })
    })
  }

  /** @param {import('./link.js').Problem} problem */
  #fail(problem) {
    this.#halt()
    this.#emit('problem', { problem })
  }

  /** The take in hand gets no more sound; it is handed on once. */
  #close() {
    const take = this.take
    if (!take || this.#kept.has(take)) return
    take.making = false
    this.#kept.add(take)
    this.#emit('grown')
    if (take.recording.totalSamples > 0) this.#emit('kept', { take })
  }

  /** @type {WeakSet<Take>} */
  #kept = new WeakSet()

  /**
   * @param {Phase} phase
   * @param {boolean} playing
   */
  #become(phase, playing) {
    if (phase === this.phase && playing === this.playing) return
    this.phase = phase
    this.playing = playing
    this.#emit('change')
  }

  /** @param {News} news */
  #tell(news) {
    this.#emit('news', { news })
  }

  /**
   * @param {string} type
   * @param {object} [detail]
   */
  #emit(type, detail = {}) {
    this.dispatchEvent(new CustomEvent(type, { detail }))
  }
}
