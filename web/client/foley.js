// Foley over HTTP: hands in a video, reads and edits its timeline, takes what was made, removes it. docs/foley.md

import { WildtrackError } from './wildtrack-error.js'

/** @typedef {import('./watching.js').FoleyBed} FoleyBed */
/** @typedef {import('./watching.js').FoleyEvent} FoleyEvent */
/** @typedef {'hits' | 'steps' | 'spots' | 'beds'} Stem */

/** Who holds both may watch, edit and remove. */
/** @typedef {{task_id: string, token: string}} Task */
/** @typedef {Task & {cached: boolean}} NewTask `cached`: it was made before, and is there at once */

/**
 * @typedef {object} Wishes
 * @property {string} [description] what the video is or sounds like, in English or Chinese
 * @property {string} [exclude] what must not be heard, in the same words
 * @property {'realistic' | 'dramatic' | 'cartoon'} [profile]
 * @property {boolean} [bed] whether a background lies under the effects
 * @property {number} [bed_intensity] 0 to 1
 * @property {number} [seed] the same request with the same seed gives the same sound
 */

/**
 * @typedef {object} Timeline
 * @property {number | null} duration_s null while it is not known
 * @property {number} until_s all that begins before is here
 * @property {FoleyEvent[]} events by onset
 * @property {FoleyBed[]} beds
 * @property {{warnings: string[]}} quality
 * @property {Stem[]} stems those that are heard
 */

/** @typedef {{events: FoleyEvent[], beds: FoleyBed[], stems?: Stem[]}} TimelineEdit `stems`: those that are to be heard; all, if left out */
/** @typedef {'wav' | 'mp3' | 'aac' | 'flac' | 'video' | 'captions'} Result */

/** Where each result is found. */
const RESULT_PATHS = /** @type {const} */ ({
  wav: 'audio?format=wav',
  mp3: 'audio?format=mp3',
  aac: 'audio?format=aac',
  flac: 'audio?format=flac',
  video: 'video',
  captions: 'captions.vtt',
})

const UNREACHABLE = { code: 'connection_failed', message: 'The server cannot be reached. Is it running?', retryable: true }

export class Foley {
  #url
  #apiKey

  /**
   * Use connect(): it is the connection's `foley`.
   * @param {object} options
   * @param {string} options.url
   * @param {string | undefined} options.apiKey
   */
  constructor({ url, apiKey }) {
    this.#url = url
    this.#apiKey = apiKey
  }

  /**
   * Hands in a video; watch() the task to hear it. A file's own name stays here.
   * @param {object} request
   * @param {Blob} request.video
   * @param {Wishes} [request.wishes]
   * @param {(sent: number) => void} [request.onUpload] told how much of it was sent, 0 to 1
   * @param {AbortSignal} [request.signal] ends the sending
   * @returns {Promise<NewTask>} rejects with WildtrackError, or with the signal's reason
   */
  generate({ video, wishes = {}, onUpload, signal }) {
    const form = new FormData()
    for (const [name, value] of Object.entries(wishes)) if (value !== undefined) form.append(name, String(value))
    form.append('video', video, 'video') // last, so that the wishes are known before the bytes come
    // fetch() does not tell how much was sent.
    const request = new XMLHttpRequest()
    return new Promise((resolve, reject) => {
      const abort = () => request.abort()
      signal?.addEventListener('abort', abort)
      request.upload.onprogress = ({ loaded, total }) => onUpload?.(total > 0 ? loaded / total : 0)
      request.onload = () => {
        const body = parsed(request.responseText)
        if (request.status >= 200 && request.status < 300 && typeof body?.task_id === 'string') resolve(body)
        else reject(refusal(request.status, body))
      }
      request.onerror = () => reject(new WildtrackError(UNREACHABLE))
      request.onabort = () => reject(signal?.reason)
      request.onloadend = () => signal?.removeEventListener('abort', abort)
      request.open('POST', new URL('/start-generation/', this.#url))
      for (const [name, value] of Object.entries(this.#headers())) request.setRequestHeader(name, value)
      if (signal?.aborted) reject(signal.reason)
      else request.send(form)
    })
  }

  /**
   * What is heard when, as far as it is known.
   * @param {Task} task
   * @returns {Promise<Timeline>} rejects with WildtrackError
   */
  async timeline(task) {
    return (await this.#ask(task, 'timeline')).json()
  }

  /**
   * Renders the same video from another timeline, without looking at it again: a task of its own.
   * @param {Task} task
   * @param {TimelineEdit} timeline
   * @returns {Promise<NewTask>} rejects with WildtrackError
   */
  async edit(task, { events, beds, stems }) {
    const body = JSON.stringify({ events, beds, ...(stems ? { stems } : {}) })
    return (await this.#ask(task, 'timeline', { method: 'PUT', body, headers: { 'Content-Type': 'application/json' } })).json()
  }

  /**
   * What was made, as a file. Sound comes while it is being made; the video with its new sound, and captions, when it is whole.
   * @param {Task} task
   * @param {Result} result
   * @param {{language?: 'en' | 'zh'}} [options] of captions
   * @returns {Promise<Blob>} rejects with WildtrackError
   */
  async download(task, result, { language } = {}) {
    const path = RESULT_PATHS[result]
    const response = await this.#ask(task, result === 'captions' && language ? `${path}?language=${language}` : path)
    return response.blob().catch(() => {
      throw new WildtrackError(UNREACHABLE)
    })
  }

  /**
   * Ends the work; what was made stays.
   * @param {Task} task
   * @returns {Promise<void>} rejects with WildtrackError
   */
  async cancel(task) {
    await this.#ask(task, 'cancel', { method: 'POST' })
  }

  /**
   * Ends the work where it is not done, and removes the video and all that came of it from the server.
   * @param {Task} task
   * @returns {Promise<void>} rejects with WildtrackError
   */
  async remove(task) {
    await this.#ask(task, '', { method: 'DELETE' })
  }

  /**
   * @param {Task} task
   * @param {string} path below the task's own
   * @param {RequestInit & {headers?: Record<string, string>}} [init]
   */
  async #ask({ task_id, token }, path, init = {}) {
    const address = new URL(`/v1/video/foley/${encodeURIComponent(task_id)}${path && `/${path}`}`, this.#url)
    const headers = { ...this.#headers(), 'X-Task-Token': token, ...init.headers }
    const response = await fetch(address, { ...init, headers }).catch(() => {
      throw new WildtrackError(UNREACHABLE)
    })
    if (response.ok) return response
    throw refusal(response.status, await response.json().catch(() => null))
  }

  /** @returns {Record<string, string>} */
  #headers() {
    return this.#apiKey ? { Authorization: `Bearer ${this.#apiKey}` } : {}
  }
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/**
 * @param {number} status
 * @param {any} body
 */
function refusal(status, body) {
  const otherwise = { code: 'no_answer', message: `The server answered ${status}.`, retryable: status >= 500 }
  return WildtrackError.from(body?.error, otherwise)
}
