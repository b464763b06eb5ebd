// Samples: what the server gives for a request over HTTP, what a browser played, and whether the two agree.

import assert from 'node:assert/strict'

/**
 * What the server speaks for a request, asked anew over HTTP.
 * @param {import('./server.js').Server} server
 * @param {{text: string, voice: string, speed?: number}} request
 * @returns {Promise<Int16Array>} 24 kHz, mono
 */
export async function spokenBy(server, { text, voice, speed = 1 }) {
  const response = await fetch(`${server.url}/v1/audio/speech`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ model: 'tts-1', input: text, voice, speed, response_format: 'pcm' }),
  })
  assert.equal(response.status, 200, await (response.ok ? '' : response.text()))
  return new Int16Array(await response.arrayBuffer())
}

/**
 * The integers that a browser made floats of. Firefox divides by 32768; Chromium divides what is positive by 32767.
 * @param {Float32Array} samples
 * @param {'chromium' | 'firefox'} browser
 */
export function asIntegers(samples, browser) {
  const positive = browser === 'chromium' ? 32767 : 32768
  return Int16Array.from(samples, (value) => Math.round(value * (value > 0 ? positive : 32768)))
}

/** @param {Int16Array} pcm without the silence around it */
export function trimmed(pcm) {
  const from = pcm.findIndex((value) => value !== 0)
  const to = pcm.findLastIndex((value) => value !== 0) + 1
  return from < 0 ? new Int16Array(0) : pcm.subarray(from, to)
}

/**
 * @param {Int16Array} actual
 * @param {Int16Array} expected
 */
export function assertSameSamples(actual, expected) {
  const differs = expected.findIndex((value, index) => value !== actual[index])
  const where = `${actual.length} samples for ${expected.length}, the first that differs is ${differs}`
  assert.ok(actual.length === expected.length && differs < 0, where)
}

/**
 * Where a stretch of sound stands in a whole.
 * @param {Int16Array} stretch not silent
 * @param {Int16Array} whole
 * @returns {number} its first sample's index, or -1
 */
export function findStretch(stretch, whole) {
  for (let from = whole.indexOf(stretch[0]); from >= 0; from = whole.indexOf(stretch[0], from + 1)) {
    if (stretch.every((value, index) => whole[from + index] === value)) return from
  }
  return -1
}
