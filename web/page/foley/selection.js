// Which sound of the timeline is in hand: at most one, by its id; what is taken away is let go of.
import { startOf } from './timeline-model.js'

/** @typedef {import('./timeline-model.js').Item} Item */
/** @typedef {import('./timeline-model.js').TimelineModel} TimelineModel */

/** Dispatches `change` after another sound was chosen. */
export class Selection extends EventTarget {
  #timeline
  /** @type {number | null} */
  #id = null

  /** @param {TimelineModel} timeline */
  constructor(timeline) {
    super()
    this.#timeline = timeline
    timeline.addEventListener('change', () => {
      if (this.#id !== null && !this.item) this.choose(null)
    })
  }

  /** @returns {Item | null} */
  get item() {
    return this.#id === null ? null : this.#timeline.find(this.#id)
  }

  /** Where it stands among all, 0 and up; -1 where there is none. */
  get index() {
    return this.#timeline.items.findIndex(({ id }) => id === this.#id)
  }

  /** @param {number | null} id */
  choose(id) {
    if (id === this.#id) return
    this.#id = id
    this.dispatchEvent(new Event('change'))
  }

  /**
   * Goes to the next sound or the one before; from none, to the one nearest to a moment.
   * @param {1 | -1} step
   * @param {number} positionS
   */
  step(step, positionS) {
    const { items } = this.#timeline
    if (items.length === 0) return
    const at = this.index
    const after = items.findIndex((item) => startOf(item) >= positionS)
    const first = step > 0 ? (after < 0 ? items.length - 1 : after) : (after < 0 ? items.length : Math.max(1, after)) - 1
    const to = at < 0 ? first : Math.max(0, Math.min(items.length - 1, at + step))
    this.choose(items[to].id)
  }
}
