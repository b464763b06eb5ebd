// Numbers, excerpts and file names as people read them.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { countCharacters, excerpt, fileName, formatDuration, formatSpeed, formatTime } from '../../../web/page/format.js'
import { SPEEDS, nearestStop } from '../../../web/page/speed.js'

test('a time reads as minutes and seconds, with hours when there are any', () => {
  const cases = { 0: '0:00', 7.99: '0:07', 59.9999999: '1:00', 61: '1:01', 3599: '59:59', 3723: '1:02:03', 36000: '10:00:00' }
  for (const [seconds, text] of Object.entries(cases)) assert.equal(formatTime(Number(seconds)), text)
  for (const seconds of [NaN, Infinity, -3]) assert.equal(formatTime(seconds), '0:00')
})

test('a short take is told to the tenth, a long one as a clock', () => {
  assert.equal(formatDuration(2.64, 'en'), '2.6s')
  assert.equal(formatDuration(2, 'zh'), '2.0秒')
  assert.equal(formatDuration(9.94, 'en'), '9.9s')
  assert.equal(formatDuration(9.96, 'en'), '0:10')
  assert.equal(formatDuration(72.4, 'en'), '1:12')
})

test('a speed has no more digits than it needs', () => {
  assert.deepEqual([0.25, 1, 1.5, 1.05].map(formatSpeed), ['0.25×', '1×', '1.5×', '1.05×'])
})

test('the slider’s stops go from 0.25 to 4 through 1, each the nearest to itself', () => {
  assert.equal(SPEEDS[0], 0.25)
  assert.equal(SPEEDS.at(-1), 4)
  assert.ok(SPEEDS.includes(1))
  SPEEDS.forEach((speed, stop) => {
    assert.equal(nearestStop(speed), stop)
    if (stop > 0) assert.ok(speed > SPEEDS[stop - 1])
  })
  assert.equal(SPEEDS[nearestStop(3.4)], 3)
})

test('characters are counted as a reader sees them', () => {
  assert.equal(countCharacters(''), 0)
  assert.equal(countCharacters('茶 tea'), 5)
  assert.equal(countCharacters('𠮷🙂'), 2)
  assert.equal(countCharacters('茶'.repeat(200_000)), 200_000)
})

test('an excerpt is one line, cut between characters, with an ellipsis only where something was cut', () => {
  assert.equal(excerpt('  one\n two  ', 20), 'one two')
  assert.equal(excerpt('one two three', 7), 'one two…')
  assert.equal(excerpt('🙂🙂🙂', 2), '🙂🙂…')
  assert.equal(excerpt('🙂🙂', 2), '🙂🙂')
  assert.equal(excerpt(`ab${' '.repeat(100)}c`, 5), 'ab…')
  assert.equal([...excerpt('字'.repeat(100_000))].length, 121)
})

test('a file is named by voice and time, never by text', () => {
  const at = new Date(2026, 0, 5, 9, 3, 7)
  assert.equal(fileName('Heart (fast)', at, 'wav'), 'wildtrack-heart-fast-2026-01-05-090307.wav')
  assert.equal(fileName('晓晓', at, 'mp3'), 'wildtrack-晓晓-2026-01-05-090307.mp3')
  assert.equal(fileName('../..', at, 'flac'), 'wildtrack-voice-2026-01-05-090307.flac')
})
