// The one error of the client: a stable code, a sentence that says what to do, and whether trying again can help.

/**
 * What the server sends, and what `error` events carry.
 * @typedef {object} Problem
 * @property {string} code one of docs/errors.md, or of LOCAL_CODES
 * @property {string} message
 * @property {boolean} retryable
 * @property {number} [retry_after_s] when the same request may succeed, in seconds from now
 */

/** Codes that come from the client itself; all others are the server's. */
export const LOCAL_CODES = /** @type {const} */ ({
  connection_failed: 'the server could not be reached',
  connection_lost: 'the connection broke while speech was coming',
  no_answer: 'the server did not answer in time',
  broken_stream: 'what came did not fit together, or not in this client',
})

export class WildtrackError extends Error {
  /** @override */
  name = 'WildtrackError'

  /** @param {Problem} problem */
  constructor({ code, message, retryable, retry_after_s }) {
    super(message)
    this.code = code
    this.retryable = retryable
    this.retry_after_s = retry_after_s
  }

  /**
   * Reads what a server sent, whatever it is.
   * @param {unknown} sent
   * @param {Problem} otherwise what to say where it says nothing
   */
  static from(sent, otherwise) {
    const { code, message, retryable, retry_after_s } = /** @type {Partial<Problem>} */ (sent ?? {})
    return new WildtrackError({
      code: typeof code === 'string' ? code : otherwise.code,
      message: typeof message === 'string' ? message : otherwise.message,
      retryable: typeof retryable === 'boolean' ? retryable : otherwise.retryable,
      retry_after_s: typeof retry_after_s === 'number' ? retry_after_s : undefined,
    })
  }

  /** @returns {Problem} as `error` events carry it */
  get problem() {
    const { code, message, retryable, retry_after_s } = this
    return retry_after_s === undefined ? { code, message, retryable } : { code, message, retryable, retry_after_s }
  }
}
