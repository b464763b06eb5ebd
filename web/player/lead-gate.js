// Lets a maker of sound run only so far ahead of its listener: each piece is let through when playback comes near it.
//
// What counts is the furthest that was heard: a listener who goes back to the start must not make the maker wait for the
// whole way to be heard again.

export class LeadGate {
  #leadS
  #heardS = 0
  /** In the order of their times. @type {{endS: number, pass: () => void}[]} */
  #queue = []

  /** @param {number} leadS */
  constructor(leadS) {
    this.#leadS = leadS
  }

  /**
   * Resolves when the piece ends less than the lead ahead of what was heard, or when release() is called.
   * @param {number} endS where the piece ends
   * @returns {Promise<void>}
   */
  pass(endS) {
    if (endS - this.#heardS <= this.#leadS) return Promise.resolve()
    return new Promise((pass) => this.#queue.push({ endS, pass }))
  }

  /** @param {number} positionS where playback is now */
  moved(positionS) {
    this.#heardS = Math.max(this.#heardS, positionS)
    while (this.#queue.length > 0 && this.#queue[0].endS - this.#heardS <= this.#leadS) this.#queue.shift()?.pass()
  }

  /** Lets all through that wait. */
  release() {
    for (const { pass } of this.#queue.splice(0)) pass()
  }

  /** Lets all through, and starts anew for another sound. */
  restart() {
    this.release()
    this.#heardS = 0
  }
}
