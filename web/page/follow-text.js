// A text laid out as text nodes, and the way from a place in the text to one on the screen and back. No spans for words:
// ten thousand of them would be as many elements.
import { lastWhere } from '../client/timed-text.js'
import { make } from './dom.js'

/** Nearer than this to a word counts as on it, CSS pixels. */
const NEAR_PX = 6

export class FollowText {
  #place
  /** The text nodes, and where in the text each begins. @type {{start: number, node: Text}[]} */
  #pieces = []

  /** @param {HTMLElement} place takes the text */
  constructor(place) {
    this.#place = place
  }

  /**
   * @param {string} text
   * @param {boolean} hasTags whether tags in it are to stand back
   */
  show(text, hasTags) {
    this.#pieces = []
    const children = []
    // A node a line, so that no search goes through a whole book.
    const parts = hasTags ? /<[^>]*>|[^<\n]*\n|[^<\n]+|</g : /[^\n]*\n|[^\n]+/g
    for (const { 0: part, index } of text.matchAll(parts)) {
      const node = new Text(part)
      this.#pieces.push({ start: index, node })
      children.push(hasTags && part.startsWith('<') ? make('span', 'tag', node) : node)
    }
    this.#place.replaceChildren(...children)
  }

  /**
   * The boxes of a stretch of the text on the screen, one for each line it is on.
   * @param {number} start
   * @param {number} end one past its last, UTF-16 code units
   * @returns {DOMRect[]}
   */
  boxes(start, end) {
    const [from, to] = [this.#find(start), this.#find(Math.max(start, end - 1))]
    if (!from || !to) return []
    const range = document.createRange()
    range.setStart(from.node, Math.min(start - from.start, from.node.length))
    range.setEnd(to.node, Math.min(end - to.start, to.node.length))
    return [...range.getClientRects()].filter(({ width }) => width > 0.5)
  }

  /**
   * The place in the text under a point.
   * @param {number} x
   * @param {number} y CSS pixels of the viewport
   * @returns {number} UTF-16 code units; -1 where there is none
   */
  unitAt(x, y) {
    const caret = caretAt(x, y)
    const piece = caret && this.#pieces.find(({ node }) => node === caret.node)
    return caret && piece ? piece.start + caret.offset : -1
  }

  /**
   * Whether a point is on a stretch of the text.
   * @param {number} x
   * @param {number} y
   * @param {{start: number, end: number}} stretch
   */
  isOn(x, y, { start, end }) {
    return this.boxes(start, end).some(
      (box) => x >= box.left - NEAR_PX && x <= box.right + NEAR_PX && y >= box.top && y <= box.bottom,
    )
  }

  /** @param {number} unit */
  #find(unit) {
    return this.#pieces[lastWhere(this.#pieces, ({ start }) => start <= unit)]
  }
}

/**
 * The text node under a point, and how far into it. Safari has its own name for this.
 * @param {number} x
 * @param {number} y
 * @returns {{node: Node, offset: number} | null}
 */
function caretAt(x, y) {
  if (document.caretPositionFromPoint) {
    const caret = document.caretPositionFromPoint(x, y)
    return caret && { node: caret.offsetNode, offset: caret.offset }
  }
  const range = document.caretRangeFromPoint?.(x, y)
  return range ? { node: range.startContainer, offset: range.startOffset } : null
}
