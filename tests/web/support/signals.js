// Seeded test signals: the same numbers on every run and every machine.

/**
 * mulberry32: a small generator of even quality, enough for tests.
 * @param {number} seed
 * @returns {() => number} from 0 to below 1
 */
export function random(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Signals that reach every kind of subframe, and the extremes. Each gives the value at one moment of one channel. */
export const SIGNALS = {
  silence: () => () => 0,
  'a steady voice': () => (i, c) => 9000 * Math.sin(i * 0.05 + c) + 4000 * Math.sin(i * 0.131) + 300 * Math.sin(i * 1.7),
  'loud noise': (next) => () => (next() * 2 - 1) * 32767,
  'soft noise on one channel': (next) => (i, c) => (c === 0 ? (next() * 2 - 1) * 40 : 0),
  'the extremes by turns': () => (i, c) => ((i + c) % 2 ? 32767 : -32768),
  'clicks in silence': () => (i) => (i % 997 === 0 ? -32768 : 0),
  'channels in opposition': (next) => (i, c) => (c ? -1 : 1) * 20000 * Math.sin(i * 0.01) + next() * 3,
  'nearly equal channels': (next) => (i, c) => 15000 * Math.sin(i * 0.03) + (c ? next() * 4 : 0),
}

/**
 * @param {keyof typeof SIGNALS} name
 * @param {number} samples per channel
 * @param {number} channels
 * @param {number} [seed]
 */
export function signal(name, samples, channels, seed = 1) {
  const value = SIGNALS[name](random(seed))
  const pcm = new Int16Array(samples * channels)
  for (let i = 0; i < pcm.length; i++) {
    pcm[i] = Math.max(-32768, Math.min(32767, Math.round(value(Math.floor(i / channels), i % channels))))
  }
  return pcm
}

/**
 * All signals one after the other, so that one file meets every kind of subframe.
 * @param {number} samples of each, per channel
 * @param {number} channels
 */
export function medley(samples, channels) {
  const parts = Object.keys(SIGNALS).map((name, i) => signal(name, samples, channels, i + 1))
  return concat(parts)
}

/** @param {Int16Array[]} parts */
export function concat(parts) {
  const pcm = new Int16Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    pcm.set(part, at)
    at += part.length
  }
  return pcm
}

/**
 * Cuts at random places, some of them equal, so that empty and tiny pieces come too.
 * @param {Int16Array} pcm
 * @param {() => number} next
 */
export function cutAnywhere(pcm, next) {
  const cuts = Array.from({ length: 1 + Math.floor(next() * 12) }, () => Math.floor(next() * (pcm.length + 1)))
  const edges = [0, ...cuts.sort((a, b) => a - b), pcm.length]
  return edges.slice(1).map((edge, i) => pcm.subarray(edges[i], edge))
}
