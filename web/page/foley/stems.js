// Which stems are heard: some may be muted, and if any is solo, only those that are solo are. Pure.

/** @typedef {import('../../client/foley.js').Stem} Stem */

/** In the order of the lanes. @type {readonly Stem[]} */
export const STEMS = ['hits', 'steps', 'spots', 'beds']

/** Dispatches `change` after a stem was muted, made solo, or neither any more. */
export class Mixer extends EventTarget {
  /** @type {Set<Stem>} */
  #muted = new Set()
  /** @type {Set<Stem>} */
  #solo = new Set()

  /** Those that are to be heard, in the order of the lanes. */
  get audible() {
    return STEMS.filter((stem) => !this.#muted.has(stem) && (this.#solo.size === 0 || this.#solo.has(stem)))
  }

  /** @param {Stem} stem */
  isMuted(stem) {
    return this.#muted.has(stem)
  }

  /** @param {Stem} stem */
  isSolo(stem) {
    return this.#solo.has(stem)
  }

  /** @param {Stem} stem */
  toggleMute(stem) {
    toggle(this.#muted, stem)
    this.dispatchEvent(new Event('change'))
  }

  /** @param {Stem} stem */
  toggleSolo(stem) {
    toggle(this.#solo, stem)
    this.dispatchEvent(new Event('change'))
  }

  /** All are heard. */
  reset() {
    this.#muted.clear()
    this.#solo.clear()
    this.dispatchEvent(new Event('change'))
  }
}

/**
 * @param {Set<Stem>} set
 * @param {Stem} stem
 */
function toggle(set, stem) {
  if (!set.delete(stem)) set.add(stem)
}
