// What those who cannot hear read under the picture: the sounds of a moment, in words. Pure.
import { describe } from './sounds.js'
import { labelOf, lengthOf, startOf, strengthOf } from './timeline-model.js'

/** @typedef {import('./timeline-model.js').Item} Item */

/** A hit is over before it could be read, so its words stay. */
const READ_S = 1.2
/** More at once nobody reads. */
const MOST = 3
/** Fainter than this it is not worth a word. */
const FAINT = 0.08

/**
 * The words of a moment: the sounds with an onset, the last first, each kind once; else the background.
 * @param {readonly Item[]} items by start
 * @param {number} positionS
 * @param {import('../strings.js').Language} language
 * @returns {string[]}
 */
export function captionsAt(items, positionS, language) {
  const now = items.filter((item) => startOf(item) <= positionS && positionS < startOf(item) + shownS(item))
  const audible = now.filter((item) => strengthOf(item) >= FAINT)
  const events = audible.filter(({ event }) => event).reverse()
  const said = (events.length > 0 ? events : audible).map((item) =>
    describe({ label: labelOf(item), material: item.event?.material }, language),
  )
  return [...new Set(said)].slice(0, MOST)
}

/** @param {Item} item */
function shownS(item) {
  return item.event ? Math.max(READ_S, lengthOf(item)) : lengthOf(item)
}
