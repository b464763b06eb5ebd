// An utterance that one can write into: text goes to the server as it comes, from a language model or from a hand.
//
// Messages are numbered by their order. The server says how many of them it has taken, in each answer and again after a
// broken connection, so that each is sent until it is taken, and taken once.

import { Utterance } from './utterance.js'
import { WildtrackError } from './wildtrack-error.js'

/** @typedef {import('./utterance.js').Started} Started */

/**
 * @typedef {object} TextMessage
 * @property {string} stream_id
 * @property {string} text
 * @property {boolean} flush
 * @property {boolean} end
 */

/**
 * The answer to a text: how many were taken, or what was wrong.
 * @typedef {{texts: number} | {error: WildtrackError}} TextAnswer
 */

/** @typedef {(message: TextMessage, answered: (answer: TextAnswer) => void) => void} SendText */

/** What a flush gives: which it was, and where the sound of what comes after it starts; null where stop() came first. */
/** @typedef {{flush: number, start_sample: number} | null} Flushed */

/** Messages on their way at once. Whatever is written beyond goes together into the next. */
const MOST_UNANSWERED = 32
/** Between two messages. What is written meanwhile goes together: a quick model makes more tokens than a server wants messages. */
const REST_MS = 20
/** Longer texts go in several messages: one holds 1 MB at most. */
const MOST_CHARACTERS = 16_384

/**
 * Beside the events of an Utterance: `flushed` {flush, start_sample}.
 */
export class Dictation extends Utterance {
  #send
  /** Messages that the server is not known to have taken. @type {Omit<TextMessage, 'stream_id'>[]} */
  #messages = []
  /** How many of them, from the first on, were sent: those may have been taken, and cannot be changed any more. */
  #underWay = 0
  /** How many the server has taken. */
  #taken = 0
  /** Counts connections: an answer that belongs to an earlier one says nothing of what is under way on this one. */
  #line = 0
  #isOpen = false
  /** Runs for as long as the next message has to wait. @type {ReturnType<typeof setTimeout> | undefined} */
  #rest = undefined
  #ended = false
  /** Half a character (a high surrogate) whose other half is still to come. */
  #half = ''
  /** One for each flush that waits. @type {{resolve: (flushed: Flushed) => void, reject: (error: unknown) => void}[]} */
  #flushes = []
  #nFlushed = 0

  /**
   * @param {ConstructorParameters<typeof Utterance>[0] & {send: SendText}} options
   */
  constructor({ send, ...options }) {
    super(options)
    this.#send = send
    this.finished.then(
      () => this.#settleFlushes(({ resolve }) => resolve(null)),
      (error) => this.#settleFlushes(({ reject }) => reject(error)),
    )
  }

  /**
   * Says this next. Cut it anywhere: what is spoken when does not depend on it.
   * @param {string} text
   */
  write(text) {
    this.#add(text, { flush: false, end: false })
  }

  /**
   * Says what was written now, as though it ended here.
   * @returns {Promise<Flushed>} resolves when all its sound has come; rejects as `finished` does
   */
  flush() {
    if (this.over || this.#ended) return Promise.resolve(null)
    this.#add('', { flush: true, end: false })
    const flushed = new Promise((resolve, reject) => this.#flushes.push({ resolve, reject }))
    flushed.catch(() => {}) // `finished` and the 'error' event tell of it as well
    return flushed
  }

  /**
   * No more comes.
   * @param {string} [text] the last of it
   */
  end(text = '') {
    this.#add(text, { flush: false, end: true })
  }

  /**
   * @override
   * @param {Started} started
   */
  opened(started) {
    super.opened(started)
    this.resumed(started)
  }

  /** @override */
  lost() {
    this.#isOpen = false
  }

  /**
   * @override
   * @param {{texts?: number}} answer
   */
  resumed({ texts = 0 }) {
    this.#isOpen = true
    this.#line++
    this.#underWay = 0
    this.#drop(texts)
    this.#pump({ atOnce: true })
  }

  /**
   * @override
   * @param {{flush: number, start_sample: number}} message
   */
  flushed({ flush, start_sample }) {
    if (flush < this.#nFlushed) return // told before the connection broke
    this.#nFlushed = flush + 1
    super.flushed({ flush, start_sample })
    this.#flushes.shift()?.resolve({ flush, start_sample })
  }

  /**
   * @param {string} text
   * @param {{flush: boolean, end: boolean}} how
   */
  #add(text, { flush, end }) {
    if (this.over || this.#ended) return
    this.#ended = end
    let rest = this.#half + text
    this.#half = ''
    if (!flush && !end && isHighSurrogate(rest, rest.length - 1)) {
      this.#half = rest.slice(-1)
      rest = rest.slice(0, -1)
    }
    rest = rest.replace(/\p{Surrogate}/gu, '\ufffd')
    while (rest.length > MOST_CHARACTERS) {
      const length = isHighSurrogate(rest, MOST_CHARACTERS - 1) ? MOST_CHARACTERS - 1 : MOST_CHARACTERS
      this.#queue({ text: rest.slice(0, length), flush: false, end: false })
      rest = rest.slice(length)
    }
    if (rest || flush || end) this.#queue({ text: rest, flush, end })
    this.#pump({ atOnce: flush || end })
  }

  /** @param {Omit<TextMessage, 'stream_id'>} message */
  #queue(message) {
    const last = this.#messages.at(-1)
    const waits = this.#messages.length > this.#underWay
    if (last && waits && !last.flush && last.text.length + message.text.length <= MOST_CHARACTERS) {
      this.#messages[this.#messages.length - 1] = { ...message, text: last.text + message.text }
    } else {
      this.#messages.push(message)
    }
  }

  #pump({ atOnce = false } = {}) {
    const { streamId } = this
    while (this.#isOpen && streamId !== null && !this.over) {
      if (this.#underWay >= Math.min(this.#messages.length, MOST_UNANSWERED)) return
      if (this.#rest !== undefined && !atOnce) return
      clearTimeout(this.#rest)
      this.#rest = setTimeout(() => {
        this.#rest = undefined
        this.#pump()
      }, REST_MS)
      const message = this.#messages[this.#underWay++]
      const line = this.#line
      this.#send({ stream_id: streamId, ...message }, (answer) => {
        if (line === this.#line) this.#answered(answer)
      })
    }
  }

  /** @param {TextAnswer} answer */
  #answered(answer) {
    if (this.over || !this.#isOpen) return
    if ('error' in answer) {
      this.abandon(answer.error) // what came after it may have been taken: a text with a gap is no text
      return
    }
    this.#drop(answer.texts)
    this.#pump()
  }

  /** @param {number} texts how many the server has taken */
  #drop(texts) {
    const dropped = Math.max(0, Math.min(texts - this.#taken, this.#messages.length))
    this.#messages.splice(0, dropped)
    this.#underWay = Math.max(0, this.#underWay - dropped)
    this.#taken += dropped
  }

  /** @param {(waiting: {resolve: (flushed: Flushed) => void, reject: (error: unknown) => void}) => void} settle */
  #settleFlushes(settle) {
    for (const waiting of this.#flushes.splice(0)) settle(waiting)
  }
}

/**
 * @param {string} text
 * @param {number} place
 */
function isHighSurrogate(text, place) {
  return (text.charCodeAt(place) & 0xfc00) === 0xd800
}
