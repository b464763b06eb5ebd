// The last takes, newest first, in this page's memory only: closing the tab forgets them. Pure.

/** @typedef {import('./speaker.js').Take} Take */

/** Dispatches `change` when a take is added or an old one falls off the end. */
export class History extends EventTarget {
  /** @type {readonly Take[]} */
  takes = []
  #limit

  /** @param {number} [limit] takes kept at most */
  constructor(limit = 10) {
    super()
    this.#limit = limit
  }

  /** @param {Take} take put first; one that is here already moves nowhere */
  add(take) {
    if (this.takes.some((kept) => kept.id === take.id)) return
    this.takes = [take, ...this.takes].slice(0, this.#limit)
    this.dispatchEvent(new Event('change'))
  }
}
