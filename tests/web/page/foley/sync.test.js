// The picture keeps with the sound: it settles from anywhere, jumps only when it must, and finds the frame of a moment.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { correction, frameAt } from '../../../../web/page/foley/sync.js'
import { random } from '../../support/signals.js'

test('a picture that is with the sound is left alone', () => {
  assert.deepEqual(correction({ pictureS: 5.005, soundS: 5, rate: 1 }), { jumpS: null, rate: 1 })
  assert.deepEqual(correction({ pictureS: 4.99, soundS: 5, rate: 0.5 }), { jumpS: null, rate: 0.5 })
})

test('one that is ahead dawdles, one that is behind hurries, and no more than a little', () => {
  const ahead = correction({ pictureS: 5.1, soundS: 5, rate: 1 })
  const behind = correction({ pictureS: 4.9, soundS: 5, rate: 1 })
  assert.ok(ahead.rate < 1 && ahead.rate > 0.85 && ahead.jumpS === null)
  assert.ok(behind.rate > 1 && behind.rate < 1.15 && behind.jumpS === null)
})

test('one that is far off jumps to where the sound is', () => {
  assert.deepEqual(correction({ pictureS: 0, soundS: 60, rate: 1 }), { jumpS: 60, rate: 1 })
  assert.deepEqual(correction({ pictureS: 60, soundS: 0, rate: 2 }), { jumpS: 0, rate: 2 })
})

test('from wherever it starts, at whatever rate, it is within 30 ms after three seconds, and stays', () => {
  const next = random(3)
  for (const rate of [0.25, 0.5, 1, 1.5, 2]) {
    for (let n = 0; n < 40; n++) {
      let [soundS, pictureS, pictureRate] = [10, 10 + (next() - 0.5) * 2, rate]
      for (let ms = 0; ms < 6000; ms += 20) {
        soundS += 0.02 * rate
        pictureS += 0.02 * pictureRate
        if (ms % 120 === 0) {
          // A browser's clock of a picture moves in steps of a frame.
          const { jumpS, rate: bent } = correction({ pictureS: Math.floor(pictureS * 60) / 60, soundS, rate })
          if (jumpS !== null) pictureS = jumpS
          pictureRate = bent
        }
        if (ms > 3000) assert.ok(Math.abs(pictureS - soundS) < 0.03, `${pictureS - soundS} s at rate ${rate}`)
      }
    }
  }
})

test('the frame of a moment is the one that has begun and not ended', () => {
  const endsS = [0.1, 0.3, 0.35, 1]
  assert.deepEqual([0, 0.05, 0.1, 0.29, 0.3, 0.36, 0.99, 1, 9].map((at) => frameAt(endsS, at)), [0, 0, 1, 1, 2, 3, 3, 3, 3])
})
