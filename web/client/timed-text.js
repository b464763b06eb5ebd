// A text and when its words are heard: keeps the `timing` events of an utterance, and finds the word of a moment and of a place.

/**
 * @typedef {object} TimedWord
 * @property {number} start_character in the whole text, in code points
 * @property {number} end_character one past its last
 * @property {number} start_sample
 * @property {number} n_samples
 */

/**
 * A clause: the detail of a `timing` event. docs/protocol.md says what the fields mean.
 * @typedef {object} Clause
 * @property {number} start_character
 * @property {number} end_character
 * @property {boolean} begins_sentence
 * @property {number} start_sample
 * @property {TimedWord[]} [words]
 * @property {{phoneme: string, start_sample: number, n_samples: number}[]} [phonemes]
 * @property {{viseme: string, azure_id: number, start_sample: number, n_samples: number}[]} [visemes]
 * @property {{name: string, start_sample: number}[]} [marks]
 */

/**
 * A word where JavaScript finds it: text.slice(start, end).
 * @typedef {object} Word
 * @property {number} start in UTF-16 code units
 * @property {number} end one past its last
 * @property {number} startS
 * @property {number} endS
 */

/** A word's light stays on through a pause as short as this, so that it does not flicker between words. */
const LINGERS_S = 0.3

export class TimedText {
  /** In the order they are heard. @type {Clause[]} */
  clauses = []
  /** Of all clauses, in the order they are heard. @type {Word[]} */
  words = []
  #sampleRateHz
  #toUnits

  /**
   * @param {string} text the whole, as it was asked for
   * @param {number} sampleRateHz of the stream
   */
  constructor(text, sampleRateHz) {
    this.text = text
    this.#sampleRateHz = sampleRateHz
    this.#toUnits = codeUnits(text)
  }

  get sampleRateHz() {
    return this.#sampleRateHz
  }

  /** @param {Clause} clause the next one */
  add(clause) {
    this.clauses.push(clause)
    for (const { start_character, end_character, start_sample, n_samples } of clause.words ?? []) {
      this.words.push({
        start: this.#toUnits(start_character),
        end: this.#toUnits(end_character),
        startS: start_sample / this.#sampleRateHz,
        endS: (start_sample + n_samples) / this.#sampleRateHz,
      })
    }
  }

  /**
   * The word that is heard at a moment; in a short pause still the one before it.
   * @param {number} positionS
   * @returns {number} index into `words`, -1 where none is
   */
  wordAt(positionS) {
    const at = lastWhere(this.words, ({ startS }) => startS <= positionS)
    return at >= 0 && positionS < this.words[at].endS + LINGERS_S ? at : -1
  }

  /**
   * The word at a place of the text; between two, the one before. Words are mostly heard in the order they are written, and
   * where SSML has it otherwise the search is still among its neighbours.
   * @param {number} unit in UTF-16 code units
   * @returns {number} index into `words`, -1 where none is near
   */
  wordAtUnit(unit) {
    const at = lastWhere(this.words, ({ start }) => start <= unit)
    if (at < 0) return -1
    const gap = this.text.slice(this.words[at].end, Math.max(unit, this.words[at].end))
    return /\n/.test(gap) ? -1 : at
  }
}

/**
 * Turns places in code points, as the server counts, into places in UTF-16 code units, as JavaScript does.
 * @param {string} text
 * @returns {(characters: number) => number}
 */
export function codeUnits(text) {
  /** Where the second unit of each pair stands, in code points: from there on one more is to be added. @type {number[]} */
  const pairs = []
  let point = 0
  for (let unit = 0; unit < text.length; unit += 1, point += 1) {
    const code = /** @type {number} */ (text.codePointAt(unit))
    if (code <= 0xffff) continue
    pairs.push(point)
    unit += 1
  }
  if (pairs.length === 0) return (characters) => characters
  return (characters) => characters + lastWhere(pairs, (pair) => pair < characters) + 1
}

/**
 * The last entry of which something holds, where it holds of all before it.
 * @template T
 * @param {readonly T[]} entries
 * @param {(entry: T) => boolean} holds
 * @returns {number} its index, -1 where it holds of none
 */
export function lastWhere(entries, holds) {
  let [low, high] = [0, entries.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (holds(entries[middle])) low = middle + 1
    else high = middle
  }
  return low - 1
}
