// The client's connection to a Wildtrack server: asks for speech, watches tasks, routes what comes, gives credit for each piece.

import { Dictation } from './dictation.js'
import { Foley } from './foley.js'
import { Http } from './http.js'
import { Streams } from './streams.js'
import { Utterance } from './utterance.js'
import { Watching } from './watching.js'
import { WildtrackError } from './wildtrack-error.js'

/** @typedef {import('socket.io-client').Socket} Socket */
/** @typedef {import('./dictation.js').SendText} SendText */
/** @typedef {import('./utterance.js').ChunkMessage} ChunkMessage */
/** @typedef {import('./wildtrack-error.js').Problem} Problem */
/** @typedef {(url: string, options: object) => Socket} Io socket.io-client's `io` */

/** A lost connection is sought again at once, then less and less often. */
const RECONNECT_MS = 200
const RECONNECT_MAX_MS = 3000
/** Longer than a busy server needs to look through an hour's text, and than a short break of the network lasts. */
const ANSWER_MS = 30_000
/** How long what was being spoken waits for the connection to come back. */
const RESUME_MS = 30_000

/**
 * @typedef {object} ConnectOptions
 * @property {string} [url] the server; the one this module came from, if left out
 * @property {string} [apiKey]
 * @property {string} [path] of Socket.IO on the server
 */

/**
 * @typedef {object} SpeakRequest
 * @property {string} text
 * @property {string} [voice] an id of voices(), or `default`: chosen by the language
 * @property {string} [language] `en` or `zh`; found from the text, if left out
 * @property {number} [speed] 0.25 to 4
 * @property {number} [seed] the same seed gives the same sound
 * @property {boolean} [ssml] whether the text is an SSML document
 * @property {Record<string, string>} [lexicon] words and how they are to be read
 * @property {string} [emotion] one of emotions(), by any of its names
 * @property {number} [emotion_intensity] 0 to 100 per cent
 * @property {number} [pitch_semitones] -6 to 6, over the voice's own
 * @property {('words'|'phonemes'|'visemes')[]} [timings] what 'timing' events are to tell of
 * @property {'live'|'bulk'} [priority] `bulk` for what nobody listens to while it is made
 * @property {import('../player/player.js').Player} [player] plays it; without one, 'chunk' events are all there is
 */

/** @typedef {Omit<SpeakRequest, 'text'> & {text?: string}} DictateRequest */

/** @typedef {import('./watching.js').WatchPoint & {player?: SpeakRequest['player']}} WatchRequest */

/** @typedef {import('./http.js').Voice} Voice */
/** @typedef {import('./http.js').Emotion} Emotion */
/** @typedef {import('./http.js').ReadingRequest} ReadingRequest */
/** @typedef {import('./http.js').SentenceReading} SentenceReading */
/** @typedef {Omit<SpeakRequest, 'player' | 'timings'> & {format?: 'vtt' | 'srt' | 'json'}} CaptionsRequest */

/** @typedef {'connected' | 'reconnecting' | 'disconnected'} State disconnected: for good; connect() anew */

export class Wildtrack {
  #socket
  #http
  #streams = new Streams()
  /** What is being watched, whether its stream is open or the connection has yet to come back. @type {Set<Watching>} */
  #watchings = new Set()
  #events = new EventTarget()
  #closed = false
  #patience = /** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined)

  /**
   * Use connect().
   * @param {Socket} socket connected
   * @param {string} url
   * @param {string | undefined} apiKey
   */
  constructor(socket, url, apiKey) {
    this.#socket = socket
    this.#http = new Http({ url, apiKey })
    /** Foley over HTTP: hand in a video, read and edit its timeline, take what was made, remove it. */
    this.foley = new Foley({ url, apiKey })
    socket.on('audio_chunk', (message, acknowledge) => this.#chunk(message, acknowledge ?? (() => {})))
    socket.on('flushed', (message) => {
      this.#streams.bring(message.stream_id, { deliver: (utterance) => utterance.flushed(message), drop: () => {} })
    })
    socket.on('timing', ({ stream_id, ...clause }) => {
      this.#streams.bring(stream_id, { deliver: (utterance) => utterance.timed(clause), drop: () => {} })
    })
    for (const type of /** @type {const} */ (['timeline', 'progress', 'warning'])) {
      socket.on(type, (message) => {
        const deliver = (/** @type {Utterance} */ to) => to instanceof Watching && to.told(type, message)
        this.#streams.bring(message.stream_id, { deliver, drop: () => {} })
      })
    }
    socket.on('done', (message) => this.#last(message.stream_id, (utterance) => utterance.done(message)))
    socket.on('error', (message) => this.#error(message))
    socket.on('connect', () => {
      this.#resume()
      this.#become('connected')
    })
    socket.on('disconnect', () => this.#lost())
    socket.on('connect_error', () => {
      if (socket.active) return
      this.#abandon() // refused by the server: it will not be tried again
      this.#become('disconnected')
    })
  }

  /**
   * Asks for a text to be spoken. Call it within the tap or key press where there is one: it readies the player for sound.
   * @param {SpeakRequest} request
   * @returns {Utterance}
   */
  speak({ player, ...request }) {
    this.#ready(player)
    return this.#ask(new Utterance({ player, uplink: this.#uplink }), request)
  }

  /**
   * Asks for a text that is still being written: write() into what it returns. Otherwise as speak().
   * @param {DictateRequest} [request] `text` is how it begins, if that is known
   * @returns {Dictation}
   */
  dictate({ player, text = '', ...request } = {}) {
    this.#ready(player)
    return this.#ask(new Dictation({ player, uplink: this.#uplink, send: this.#sendText }), { text, ...request, incremental: true })
  }

  /**
   * Watches a task of Foley: its sound, its timeline and its progress, from the first sample on, and as they are made.
   * @param {WatchRequest} request
   * @returns {Watching}
   */
  watch({ player, ...point }) {
    this.#ready(player)
    const watching = new Watching({ player, cancel: (streamId) => this.#cancel(streamId), ...point })
    this.#watchings.add(watching)
    const forget = () => this.#watchings.delete(watching)
    watching.finished.then(forget, forget)
    this.#askToWatch(watching)
    return watching
  }

  /** @param {SpeakRequest['player']} player taken from whoever has it, and opened while the tap lasts */
  #ready(player) {
    for (const other of this.#all) if (other.uses(player)) other.stop()
    player?.unlock()
  }

  /** @returns {Set<Utterance>} */
  get #all() {
    return new Set([...this.#streams.all, ...this.#watchings])
  }

  /** @param {Watching} watching */
  #askToWatch(watching) {
    if (!this.#socket.connected) return // it is asked when the connection is back
    this.#streams.forget(watching.streamId)
    this.#streams.expect(watching)
    this.#socket.timeout(ANSWER_MS).emit('watch', watching.point, (/** @type {Error | null} */ silence, /** @type {any} */ answer) => {
      if (!silence || this.#socket.connected) this.#answered(watching, silence, answer)
    })
  }

  /**
   * @template {Utterance} Asked
   * @param {Asked} utterance
   * @param {Omit<SpeakRequest, 'player'> & {incremental?: boolean}} request
   * @returns {Asked}
   */
  #ask(utterance, { text, voice = 'default', speed = 1, seed = 0, ...more }) {
    this.#streams.expect(utterance)
    const optional = Object.entries(more).filter(([, value]) => value !== undefined)
    const request = { text, voice, speed, seed, ...Object.fromEntries(optional) }
    this.#socket.timeout(ANSWER_MS).emit('synthesize', request, (/** @type {Error | null} */ silence, /** @type {any} */ answer) => {
      this.#answered(utterance, silence, answer)
    })
    return utterance
  }

  /**
   * The voices that the server has.
   * @returns {Promise<Voice[]>} rejects with WildtrackError, as those below do
   */
  voices() {
    return this.#http.voices()
  }

  /**
   * What `emotion` may be.
   * @returns {Promise<Emotion[]>}
   */
  emotions() {
    return this.#http.emotions()
  }

  /**
   * How a text would be read, without a sound: each sentence in words, and in the phonemes that the voice reads.
   * @param {ReadingRequest} request
   * @returns {Promise<SentenceReading[]>}
   */
  reading(request) {
    return this.#http.reading(request)
  }

  /**
   * When the words of a text are heard, as a file: WebVTT, SubRip or JSON.
   * @param {CaptionsRequest} request
   * @returns {Promise<string>}
   */
  captions(request) {
    return this.#http.captions(request)
  }

  /**
   * Listens to `state`, with {state}, and to `error`, with a Problem that belongs to no utterance.
   * @template {'state' | 'error'} Type
   * @param {Type} type
   * @param {(detail: Type extends 'state' ? {state: State} : Problem) => void} listener
   * @returns {() => void} ends the listening
   */
  on(type, listener) {
    const wrapped = (/** @type {Event} */ event) => listener(/** @type {CustomEvent} */ (event).detail)
    this.#events.addEventListener(type, wrapped)
    return () => this.#events.removeEventListener(type, wrapped)
  }

  /** Stops all that is being spoken or watched, and hangs up. */
  close() {
    this.#closed = true
    clearTimeout(this.#patience)
    for (const utterance of this.#all) utterance.stop()
    this.#streams.clear()
    this.#socket.close()
  }

  /**
   * @param {Utterance} utterance
   * @param {Error | null} silence the answer did not come: the connection broke, or time ran out
   * @param {any} answer
   */
  #answered(utterance, silence, answer) {
    if (silence || !answer || answer.error || typeof answer.stream_id !== 'string') {
      this.#streams.settle(utterance, null)
      utterance.fail(silence ? this.#silent() : refused(answer?.error))
      return
    }
    utterance.opened(answer)
    this.#streams.settle(utterance, answer.stream_id)
    if (utterance.over) this.#streams.forget(answer.stream_id) // it was stopped before the answer came
  }

  /** @type {import('./utterance.js').Uplink} */
  #uplink = {
    cancel: (stream_id) => this.#cancel(stream_id),
    playback: (report) => this.#socket.connected && this.#socket.emit('playback', report),
  }

  /** @type {SendText} */
  #sendText = (message, answered) => {
    if (!this.#socket.connected) return // it is sent when the connection is back
    this.#socket.timeout(ANSWER_MS).emit('text', message, (/** @type {Error | null} */ silence, /** @type {any} */ answer) => {
      if (silence && !this.#socket.connected) return
      if (silence) answered({ error: this.#silent() })
      else answered(typeof answer?.texts === 'number' ? answer : { error: refused(answer?.error) })
    })
  }

  /** @param {string} streamId what still comes of it is acknowledged and dropped */
  #cancel(streamId) {
    this.#streams.forget(streamId)
    if (this.#socket.connected) this.#socket.emit('cancel', { stream_id: streamId })
  }

  #silent() {
    return this.#socket.connected
      ? new WildtrackError({ code: 'no_answer', message: 'The server does not answer. Try again.', retryable: true })
      : connectionLost()
  }

  /**
   * @param {ChunkMessage} message
   * @param {() => void} acknowledge
   */
  #chunk(message, acknowledge) {
    // An acknowledgement counts on the connection that its message came by; on a later one it would mean another message.
    const { id } = this.#socket
    const giveCredit = () => {
      if (this.#socket.id === id) acknowledge()
    }
    this.#streams.bring(message.stream_id, {
      deliver: (utterance) => utterance.received(message, giveCredit),
      drop: giveCredit, // of a stream that was cancelled: the credit is given back all the same
    })
  }

  /**
   * @param {string} streamId
   * @param {(utterance: Utterance) => void} deliver its last message
   */
  #last(streamId, deliver) {
    const last = (/** @type {Utterance} */ utterance) => {
      deliver(utterance)
      this.#streams.forget(streamId)
    }
    this.#streams.bring(streamId, { deliver: last, drop: () => {} })
  }

  /** @param {Problem & {stream_id: string | null}} message */
  #error(message) {
    const error = refused(message)
    if (message.stream_id) this.#last(message.stream_id, (utterance) => utterance.fail(error))
    else this.#tell('error', error.problem)
  }

  #lost() {
    if (this.#closed) return
    for (const utterance of this.#streams.dropUnanswered()) {
      if (!(utterance instanceof Watching)) utterance.fail(connectionLost()) // watching can be asked twice
    }
    for (const utterance of this.#streams.all) utterance.lost()
    if (this.#socket.active) {
      // What was being spoken plays on from what has come, and goes on when the connection is back.
      clearTimeout(this.#patience)
      this.#patience = setTimeout(() => this.#abandon(), RESUME_MS)
      this.#become('reconnecting')
    } else {
      this.#abandon()
      this.#become('disconnected')
    }
  }

  /** The connection is back: each stream goes on at the first sample that has not come. */
  #resume() {
    clearTimeout(this.#patience)
    for (const watching of this.#watchings) this.#askToWatch(watching)
    for (const utterance of this.#streams.all) {
      if (utterance instanceof Watching) continue
      const { streamId } = utterance
      if (streamId === null) continue
      const request = { stream_id: streamId, ...utterance.resumePoint }
      this.#socket.timeout(ANSWER_MS).emit('resume', request, (/** @type {Error | null} */ silence, /** @type {any} */ answer) => {
        if (silence && !this.#socket.connected) return // lost again: it is asked again
        if (!silence && answer && !answer.error) {
          utterance.resumed(answer)
          return
        }
        this.#streams.forget(streamId)
        utterance.fail(connectionLost())
      })
    }
  }

  /** Nothing of what was being spoken will come any more. */
  #abandon() {
    clearTimeout(this.#patience)
    const utterances = this.#all
    this.#streams.clear()
    for (const utterance of utterances) utterance.fail(connectionLost())
  }

  /** @param {State} state */
  #become(state) {
    if (!this.#closed) this.#tell('state', { state })
  }

  /**
   * @param {string} type
   * @param {object} detail
   */
  #tell(type, detail) {
    this.#events.dispatchEvent(new CustomEvent(type, { detail }))
  }
}

/**
 * @param {Io} io
 * @param {Required<Pick<ConnectOptions, 'url'>> & ConnectOptions} options
 * @returns {Promise<Wildtrack>} rejects with WildtrackError when the first attempt fails
 */
export function connectWith(io, { url, apiKey, path = '/socket.io' }) {
  const socket = io(url, {
    path,
    transports: ['websocket'],
    auth: apiKey ? { api_key: apiKey } : {},
    forceNew: true,
    reconnectionDelay: RECONNECT_MS,
    reconnectionDelayMax: RECONNECT_MAX_MS,
  })
  return new Promise((resolve, reject) => {
    socket.once('connect', () => {
      socket.off('connect_error')
      resolve(new Wildtrack(socket, url, apiKey))
    })
    socket.once('connect_error', (error) => {
      socket.close()
      reject(
        WildtrackError.from(/** @type {Error & {data?: unknown}} */ (error).data, {
          code: 'connection_failed',
          message: 'The server cannot be reached. Is it running?',
          retryable: true,
        }),
      )
    })
  })
}

/** @param {unknown} sent */
function refused(sent) {
  return WildtrackError.from(sent, {
    code: 'broken_stream',
    message: 'The server gave an answer that this client does not understand. Reload the page.',
    retryable: false,
  })
}

function connectionLost() {
  return new WildtrackError({
    code: 'connection_lost',
    message: 'The connection to the server broke. Try again when it is back.',
    retryable: true,
  })
}
