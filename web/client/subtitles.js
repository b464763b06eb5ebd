// Subtitles of what was spoken: lines short enough to be read, as WebVTT, SubRip or JSON, the same as the server makes. Pure.
// Source: WebVTT, W3C Candidate Recommendation, 4 April 2019. Line lengths after the BBC's subtitle guidelines.

import { codeUnits, lastWhere } from './timed-text.js'

/** @typedef {import('./timed-text.js').Clause} Clause */
/** @typedef {import('./timed-text.js').TimedText} TimedText */
/** @typedef {{startS: number, endS: number, text: string}} Cue */

/** Two lines of 42, as wide as they are on a screen. */
const MOST_WIDTH = 84
/** Han characters are as wide as two others, and take longer to read: eighteen make a line. */
const WIDE = 42 / 18
const LONGEST_S = 7
/** How long a line stays after its last word, where nothing follows. */
const LINGERS_S = 0.4

/**
 * The lines of a text that was spoken, as far as it was.
 * @param {TimedText} timed
 * @param {object} [options]
 * @param {boolean} [options.ssml] whether there are tags in it, which are not shown
 * @returns {Cue[]}
 */
export function cuesOf(timed, { ssml = false } = {}) {
  const { text, sampleRateHz, clauses } = timed
  const toUnits = codeUnits(text)
  const part = (/** @type {number} */ from, /** @type {number} */ to) => text.slice(toUnits(from), toUnits(to))
  /** @type {Cue[]} */
  const cues = []
  for (const clause of clauses) {
    const words = clause.words ?? []
    let first = 0
    for (let last = 0; last < words.length; last += 1) {
      const next = words[last + 1]
      if (next && !isFull(words[first], next)) continue
      let shown = part(words[first].start_character, next ? next.start_character : clause.end_character)
      if (ssml) shown = withoutTags(shown)
      cues.push({
        startS: words[first].start_sample / sampleRateHz,
        endS: (words[last].start_sample + words[last].n_samples) / sampleRateHz,
        text: shown.replace(/\s+/g, ' ').trim(),
      })
      first = last + 1
    }
  }
  return cues.map((cue, at) => {
    const next = cues[at + 1]
    return next ? { ...cue, endS: Math.min(cue.endS + LINGERS_S, next.startS) } : cue
  })

  /**
   * @param {import('./timed-text.js').TimedWord} first
   * @param {import('./timed-text.js').TimedWord} next whether the line would be too long with it
   */
  function isFull(first, next) {
    const shown = part(first.start_character, next.end_character).replace(/<[^>]*>/g, '')
    let width = 0
    for (const character of shown) width += /** @type {number} */ (character.codePointAt(0)) > 0x2e7f ? WIDE : 1
    const seconds = (next.start_sample + next.n_samples - first.start_sample) / sampleRateHz
    return width > MOST_WIDTH || seconds > LONGEST_S
  }
}

/**
 * The line of a moment; a line stays until the next.
 * @param {readonly Cue[]} cues
 * @param {number} positionS
 */
export function cueAt(cues, positionS) {
  return cues[lastWhere(cues, ({ startS }) => startS <= positionS)]?.text ?? ''
}

/** @param {readonly Cue[]} cues */
export function asWebVtt(cues) {
  const escape = (/** @type {string} */ text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  return ['WEBVTT\n', ...cues.map((cue) => `${clock(cue, '.')}\n${escape(cue.text)}\n`)].join('\n')
}

/** @param {readonly Cue[]} cues */
export function asSrt(cues) {
  return cues.map((cue, at) => `${at + 1}\n${clock(cue, ',')}\n${cue.text}\n`).join('\n')
}

/**
 * @param {TimedText} timed
 * @param {number} totalSamples that there are
 */
export function asJson({ sampleRateHz, clauses }, totalSamples) {
  return JSON.stringify({ sample_rate_hz: sampleRateHz, n_samples: totalSamples, clauses })
}

const NAMED = /** @type {Record<string, string>} */ ({ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" })

/** @param {string} markup */
function withoutTags(markup) {
  return markup.replace(/<[^>]*>/g, ' ').replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, name) => {
    if (name) return NAMED[name] ?? whole
    const code = hex ? parseInt(hex, 16) : Number(decimal)
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })
}

/**
 * @param {Cue} cue
 * @param {string} point between seconds and milliseconds
 */
function clock({ startS, endS }, point) {
  return `${time(startS, point)} --> ${time(endS, point)}`
}

/**
 * @param {number} seconds
 * @param {string} point
 */
function time(seconds, point) {
  const milliseconds = roundHalfEven(seconds * 1000)
  const padded = (/** @type {number} */ value, /** @type {number} */ digits) => String(Math.floor(value)).padStart(digits, '0')
  const minutes = Math.floor(milliseconds / 60_000)
  const parts = [minutes / 60, minutes % 60, (milliseconds / 1000) % 60].map((value) => padded(value, 2))
  return `${parts.join(':')}${point}${padded(milliseconds % 1000, 3)}`
}

/**
 * As the server rounds, so that both write the same file.
 * @param {number} value
 */
function roundHalfEven(value) {
  const down = Math.floor(value)
  return value - down === 0.5 ? down + (down % 2) : Math.round(value)
}
