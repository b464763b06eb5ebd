// Lets a maker of sound run only so far ahead of the listener: each piece is let through when playback comes near it.

export class LeadGate {
  #leadS
  /** In the order of their times. @type {{endS: number, pass: () => void}[]} */
  #queue = []

  /** @param {number} leadS */
  constructor(leadS) {
    this.#leadS = leadS
  }

  /**
   * Resolves when playback is less than the lead behind the end of the piece, or when release() is called.
   * @param {number} endS where the piece ends
   * @param {number} positionS where playback is now
   * @returns {Promise<void>}
   */
  pass(endS, positionS) {
    if (endS - positionS <= this.#leadS) return Promise.resolve()
    return new Promise((pass) => this.#queue.push({ endS, pass }))
  }

  /** @param {number} positionS where playback is now */
  moved(positionS) {
    while (this.#queue.length > 0 && this.#queue[0].endS - positionS <= this.#leadS) this.#queue.shift()?.pass()
  }

  /** Lets all through that wait. */
  release() {
    for (const { pass } of this.#queue.splice(0)) pass()
  }
}
