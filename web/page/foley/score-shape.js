// The geometry of the timeline: how many pixels a second has, what lies in view, which sounds have room for their name. Pure.
import { labelOf, lengthOf, startOf } from './timeline-model.js'

/** @typedef {import('./timeline-model.js').Item} Item */

/** A second is never narrower than this unless all of the video then fits. */
const LEAST_PX_PER_S = 24
const MOST_PX_PER_S = 320
/** Each step of the zoom. */
const STEP = 2

/**
 * CSS pixels of a second. At zoom 0 the whole video fills the view, where its seconds are then wide enough.
 * @param {number} durationS
 * @param {number} viewPx
 * @param {number} zoom 0 and up
 */
export function pixelsPerSecond(durationS, viewPx, zoom) {
  const fitting = viewPx / Math.max(durationS, 1)
  const least = Math.max(fitting, Math.min(LEAST_PX_PER_S, MOST_PX_PER_S))
  return Math.max(fitting, Math.min(MOST_PX_PER_S, least * STEP ** zoom))
}

/**
 * True where another step of the zoom would change something.
 * @param {number} durationS
 * @param {number} viewPx
 * @param {number} zoom
 */
export function canZoomIn(durationS, viewPx, zoom) {
  return pixelsPerSecond(durationS, viewPx, zoom + 1) > pixelsPerSecond(durationS, viewPx, zoom)
}

/**
 * Those that are in view, or reach into it.
 * @param {readonly Item[]} items
 * @param {number} fromS
 * @param {number} toS
 */
export function inView(items, fromS, toS) {
  return items.filter((item) => startOf(item) <= toS && startOf(item) + lengthOf(item) >= fromS)
}

/**
 * Which of them have room for their name behind that of the one before in their lane. Of the same sound again and again, as
 * of steps, only the first is named.
 * @param {readonly Item[]} items by start
 * @param {number} pxPerS
 * @param {(item: Item) => number} widthOf of the name, CSS pixels
 * @returns {Set<number>} their ids
 */
export function named(items, pxPerS, widthOf) {
  /** @type {Set<number>} */
  const ids = new Set()
  /** @type {Map<string, {label: string, endPx: number}>} */
  const lanes = new Map()
  for (const item of items) {
    const lane = lanes.get(item.stem) ?? { label: '', endPx: -Infinity }
    const label = labelOf(item)
    const startPx = startOf(item) * pxPerS
    if (label === lane.label || startPx < lane.endPx) {
      lanes.set(item.stem, { ...lane, label })
    } else {
      ids.add(item.id)
      lanes.set(item.stem, { label, endPx: startPx + widthOf(item) })
    }
  }
  return ids
}

/**
 * Where the view is to stand so that a moment is in it, not too near to its edge; where it stands, if it is.
 * @param {object} view
 * @param {number} view.leftPx where it stands
 * @param {number} view.viewPx
 * @param {number} view.atPx the moment
 */
export function scrolledTo({ leftPx, viewPx, atPx }) {
  const edgePx = Math.min(48, viewPx / 6)
  const isIn = atPx >= leftPx + edgePx / 2 && atPx <= leftPx + viewPx - edgePx
  return isIn ? leftPx : Math.max(0, atPx - viewPx / 4)
}
