// The waveform's geometry: what the view holds, where its ruler has ticks, how tall its bars are.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { fillLevels, tickStepSeconds, windowSeconds } from '../../../web/page/waveform-shape.js'

/** Peaks of blocks that all reach as far, below and above. */
const flat = (blocks, height) => Float32Array.from({ length: 2 * blocks }, (_, at) => (at % 2 ? height : -height))

test('the window always holds what has been made, and grows in steps', () => {
  let before = 0
  const steps = new Set()
  for (let madeS = 0; madeS < 40_000; madeS += 7.3) {
    const windowS = windowSeconds(madeS, false)
    assert.ok(windowS >= madeS && windowS >= before)
    before = windowS
    steps.add(windowS)
  }
  assert.ok(steps.size < 20)
})

test('a whole take fills the view, unless it is very short', () => {
  assert.equal(windowSeconds(12.34, true), 12.34)
  assert.equal(windowSeconds(0.2, true), 1)
  assert.equal(windowSeconds(0, true), windowSeconds(0, false))
})

test('labels of the ruler never crowd', () => {
  for (const widthPx of [280, 390, 704, 864]) {
    for (const windowS of [1, 5, 60, 3600, 100_000]) {
      assert.ok((tickStepSeconds(windowS, widthPx, 72) / windowS) * widthPx >= 72 - 1e-9)
    }
  }
  assert.equal(tickStepSeconds(5, 864), 1)
})

test('bars beyond what has been made are empty, those before are not', () => {
  const levels = new Float32Array(10)
  fillLevels(flat(5, 0.5), 1, 5, 10, levels)
  assert.deepEqual([...levels].map((level) => level >= 0), [true, true, true, true, true, false, false, false, false, false])
  fillLevels(flat(0, 0), 1, 0.5, 10, levels)
  assert.ok(levels.every((level) => level === -1))
})

test('a bar shows the largest excursion of its blocks, on either side', () => {
  const peaks = new Float32Array(2 * 100)
  peaks[2 * 57] = -0.9
  peaks[2 * 12 + 1] = 0.4
  const levels = new Float32Array(10)
  fillLevels(peaks, 0.1, 10, 10, levels)
  assert.ok(Math.abs(levels[5] - 0.9 ** 0.75) < 1e-6)
  assert.ok(Math.abs(levels[1] - 0.4 ** 0.75) < 1e-6)
  assert.equal(levels.filter((level) => level > 0).length, 2)
})

test('no peak is lost, however many blocks fall on a bar', () => {
  for (let blocks = 1; blocks < 400; blocks += 13) {
    for (let at = 0; at < blocks; at += 7) {
      const peaks = new Float32Array(2 * blocks)
      peaks[2 * at + 1] = 1
      const levels = new Float32Array(40)
      fillLevels(peaks, 1, blocks, blocks, levels)
      if (blocks >= levels.length) assert.equal(Math.max(...levels), 1, `${at} of ${blocks}`)
    }
  }
})

test('bars finer than blocks glide from block to block and stay in range', () => {
  const levels = new Float32Array(200)
  fillLevels(Float32Array.from([-0.1, 0.1, -1.5, 1.5, 0, 0]), 1, 3, 3, levels)
  assert.ok(levels.every((level) => level >= 0 && level <= 1))
  for (let bar = 1; bar < levels.length; bar += 1) assert.ok(Math.abs(levels[bar] - levels[bar - 1]) < 0.25)
})
