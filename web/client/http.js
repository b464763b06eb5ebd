// What the client asks over HTTP beside its connection: voices, emotions, how a text is read, when its words are heard.

import { WildtrackError } from './wildtrack-error.js'

const UNREACHABLE = { code: 'connection_failed', message: 'The server cannot be reached. Is it running?', retryable: true }

/**
 * @typedef {object} Voice
 * @property {string} id
 * @property {string} name in Latin letters
 * @property {string} native_name in its own script
 * @property {string} language where it is at home: en-US, en-GB or zh-CN
 * @property {string[]} languages all it can read
 * @property {'female' | 'male' | null} gender null where nobody has said
 * @property {string} engine the model that speaks it
 * @property {string} licence of that model, an SPDX expression
 * @property {number} sample_rate_hz
 * @property {string[]} is_default_for languages that `default` means this voice for
 */

/** @typedef {{id: string, native_name: string, aliases: string[]}} Emotion `native_name` is Chinese */

/**
 * @typedef {object} ReadingRequest
 * @property {string} text
 * @property {boolean} [ssml] whether the text is an SSML document
 * @property {Record<string, string>} [lexicon] words and how they are to be read
 * @property {string} [voice]
 * @property {string} [language]
 */

/** @typedef {{text: string, spoken: string, phonemes: string, language: string}} SentenceReading */

export class Http {
  #url
  #apiKey

  /**
   * @param {object} options
   * @param {string} options.url
   * @param {string | undefined} options.apiKey
   */
  constructor({ url, apiKey }) {
    this.#url = url
    this.#apiKey = apiKey
  }

  /** @returns {Promise<Voice[]>} rejects with WildtrackError, as all of these do */
  async voices() {
    return (await (await this.#ask('/v1/audio/voices')).json()).voices
  }

  /** @returns {Promise<Emotion[]>} */
  async emotions() {
    return (await (await this.#ask('/v1/audio/emotions')).json()).emotions
  }

  /**
   * @param {ReadingRequest} request
   * @returns {Promise<SentenceReading[]>}
   */
  async reading(request) {
    return (await (await this.#ask('/v1/text/reading', request)).json()).sentences
  }

  /**
   * @param {object} request
   * @returns {Promise<string>} a file
   */
  async captions(request) {
    return (await this.#ask('/v1/audio/captions', request)).text()
  }

  /**
   * @param {string} path
   * @param {object} [body] sent as JSON where there is one
   */
  async #ask(path, body) {
    /** @type {Record<string, string>} */
    const headers = this.#apiKey ? { Authorization: `Bearer ${this.#apiKey}` } : {}
    /** @type {RequestInit} */
    let init = { headers }
    if (body) init = { method: 'POST', headers: { ...headers, 'Content-Type': 'application/json' }, body: JSON.stringify(body) }
    let response
    try {
      response = await fetch(new URL(path, this.#url), init)
    } catch {
      throw new WildtrackError(UNREACHABLE)
    }
    if (response.ok) return response
    const { error } = await response.json().catch(() => ({}))
    throw WildtrackError.from(error, { ...UNREACHABLE, message: `The server answered ${response.status}.` })
  }
}
