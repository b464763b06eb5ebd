// The page's one connection to the server: opened at once, tried again for as long as it takes, opened anew with a key.

/** @typedef {typeof import('../wildtrack.js').connect} Connect */
/** @typedef {Awaited<ReturnType<Connect>>} Client */
/** @typedef {{code: string, message: string, retryable: boolean}} Problem */

/**
 * `locked`: the server wants a key. `unreachable`: never connected yet, trying. `reconnecting`: was connected, trying.
 * @typedef {'connecting' | 'connected' | 'reconnecting' | 'unreachable' | 'locked'} LinkState
 */

/** Waits between attempts, seconds; the last one repeats. */
const WAITS_S = [1, 2, 4, 8]

/** Dispatches `state` after `state` has changed. */
export class Link extends EventTarget {
  /** @type {LinkState} */
  state = 'connecting'
  /** @type {Client | null} The connection, or null while there is none. */
  client = null
  /** @type {Problem | null} Why the last attempt failed. */
  problem = null
  #connect
  #readKey
  #wait
  /** Counts openings: what an older one still has to say no longer matters. */
  #opening = 0
  /** @type {((client: Client) => void)[]} */
  #waiting = []

  /**
   * @param {object} parts
   * @param {Connect} parts.connect
   * @param {() => string | null} parts.readKey the API key, where the reader gave one
   * @param {(seconds: number) => Promise<void>} parts.wait
   */
  constructor({ connect, readKey, wait }) {
    super()
    this.#connect = connect
    this.#readKey = readKey
    this.#wait = wait
  }

  /** The connection, as soon as there is one. Never rejects: as long as the page is open, it goes on trying. */
  ready() {
    if (this.client) return Promise.resolve(this.client)
    return new Promise((/** @type {(client: Client) => void} */ resolve) => {
      this.#waiting.push(resolve)
    })
  }

  /** Opens the connection; called again, it opens a fresh one with the key as it is now. */
  async open() {
    const opening = ++this.#opening
    this.client?.close()
    this.client = null
    this.#become('connecting')
    for (let attempt = 0; opening === this.#opening; attempt += 1) {
      try {
        const client = await this.#connect({ apiKey: this.#readKey() ?? undefined })
        if (opening === this.#opening) this.#adopt(client, opening)
        else client.close()
        return
      } catch (error) {
        if (opening !== this.#opening) return
        if (asProblem(error).code === 'unauthorized') {
          this.#become('locked')
          return
        }
        this.problem = asProblem(error)
        this.#become('unreachable')
        await this.#wait(WAITS_S[Math.min(attempt, WAITS_S.length - 1)])
      }
    }
  }

  /**
   * @param {Client} client
   * @param {number} opening
   */
  #adopt(client, opening) {
    this.client = client
    client.on('state', ({ state }) => {
      if (opening !== this.#opening) return
      if (state === 'disconnected') void this.open()
      else this.#become(state)
    })
    this.#become('connected')
    for (const resolve of this.#waiting.splice(0)) resolve(client)
  }

  /** @param {LinkState} state */
  #become(state) {
    if (state === this.state) return
    this.state = state
    this.dispatchEvent(new Event('state'))
  }
}

/**
 * Anything thrown, as what the page can show.
 * @param {unknown} thrown
 * @returns {Problem}
 */
export function asProblem(thrown) {
  const { code, message, retryable } = /** @type {Partial<Problem>} */ (thrown ?? {})
  return {
    code: typeof code === 'string' ? code : 'internal_error',
    message: typeof message === 'string' ? message : String(thrown),
    retryable: retryable ?? true,
  }
}
