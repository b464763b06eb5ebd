// A text and when its words are heard: the word of a moment, the word of a place, and subtitles of it all.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { asJson, asSrt, asWebVtt, cueAt, cuesOf } from '../../web/client/subtitles.js'
import { TimedText, codeUnits } from '../../web/client/timed-text.js'

const RATE_HZ = 1000

/** Every word lasts 300 ms, 100 ms after the one before; places are in code points, as the server counts them. */
function spoken(text, ...clauses) {
  const timed = new TimedText(text, RATE_HZ)
  const points = [...text]
  let place = 0
  for (const [said, startMs] of clauses) {
    const find = (words) => {
      while (points.slice(place, place + [...words].length).join('') !== words) place += 1
      return place
    }
    const first = find([...said][0])
    const words = said.split(' ').map((word, index) => {
      const start = find(word)
      place += [...word.replace(/[.,!?]+$/, '')].length
      return { start_character: start, end_character: place, start_sample: startMs + 400 * index, n_samples: 300 }
    })
    timed.add({ start_character: first, end_character: first + [...said].length, begins_sentence: true, start_sample: startMs, words })
  }
  return timed
}

const shown = ({ text, words }, index) => (words[index] ? text.slice(words[index].start, words[index].end) : '')

test('the word of a moment is the one that sounds, and none in a long silence', () => {
  const timed = spoken('Good morning. How are you?', ['Good morning.', 100], ['How are you?', 3000])
  const at = (positionS) => shown(timed, timed.wordAt(positionS))
  assert.deepEqual([0.09, 0.1, 0.45, 0.5, 1.0, 1.2, 2.9, 3.0, 3.9, 99].map(at), ['', 'Good', 'Good', 'morning', 'morning', '', '', 'How', 'you', ''])
})

test('characters beyond UTF-16’s first plane count once for the server and twice here', () => {
  const timed = spoken('👋 Hi, 𠮷野 there.', ['Hi, 𠮷野 there.', 0])
  assert.deepEqual(timed.words.map((_, index) => shown(timed, index)), ['Hi', '𠮷野', 'there'])
  const text = '👋a👋b'
  assert.deepEqual([0, 1, 2, 3, 4].map(codeUnits(text)), [0, 2, 3, 5, 6])
})

test('the word of a place is the one that was clicked, or the one before a gap; never one of another line', () => {
  const timed = spoken('One two.\n\nSix ten.', ['One two.', 0], ['Six ten.', 2000])
  const at = (unit) => shown(timed, timed.wordAtUnit(unit))
  assert.deepEqual([0, 2, 3, 4, 7, 9, 10, 14].map(at), ['One', 'One', 'One', 'two', 'two', '', 'Six', 'ten'])
})

test('ten thousand words are found at once', () => {
  const timed = new TimedText('word '.repeat(10_000), RATE_HZ)
  const words = Array.from({ length: 10_000 }, (_, at) => ({ start_character: 5 * at, end_character: 5 * at + 4, start_sample: 400 * at, n_samples: 300 }))
  timed.add({ start_character: 0, end_character: 50_000, begins_sentence: true, start_sample: 0, words })
  for (const at of [0, 1, 4999, 9999]) {
    assert.equal(timed.wordAt(0.4 * at + 0.1), at)
    assert.equal(timed.wordAtUnit(5 * at + 2), at)
  }
})

test('each clause is a subtitle with its signs, escaped where the format wants it', () => {
  const timed = spoken('Good morning. How are you, <dear>?', ['Good morning.', 0], ['How are you, <dear>?', 1000])
  const cues = cuesOf(timed)
  assert.deepEqual(cues, [
    { startS: 0, endS: 1, text: 'Good morning.' },
    { startS: 1, endS: 2.5, text: 'How are you, <dear>?' },
  ])
  assert.equal(
    asWebVtt(cues),
    'WEBVTT\n\n00:00:00.000 --> 00:00:01.000\nGood morning.\n\n00:00:01.000 --> 00:00:02.500\nHow are you, &lt;dear&gt;?\n',
  )
  assert.equal(asSrt(cues).split('\n\n')[0], '1\n00:00:00,000 --> 00:00:01,000\nGood morning.')
  assert.deepEqual([0, 0.99, 1, 60].map((positionS) => cueAt(cues, positionS)), ['Good morning.', 'Good morning.', 'How are you, <dear>?', 'How are you, <dear>?'])
  assert.deepEqual(JSON.parse(asJson(timed, 2600)), { sample_rate_hz: RATE_HZ, n_samples: 2600, clauses: timed.clauses })
})

test('a long clause is several subtitles that lose nothing and never overlap', () => {
  const text = `${Array.from({ length: 60 }, (_, at) => `word${at}`).join(' ')}.`
  const cues = cuesOf(spoken(text, [text, 0]))
  assert.ok(cues.length > 4)
  assert.equal(cues.map((cue) => cue.text).join(' '), text)
  for (const [at, cue] of cues.entries()) {
    assert.ok(cue.text.length <= 84 && cue.endS - cue.startS <= 7.5)
    if (at > 0) assert.ok(cues[at - 1].endS <= cue.startS)
  }
})

test('tags of SSML are not shown, nor what stands for a sign', () => {
  const text = '<speak>Fish &amp; <emphasis>chips</emphasis></speak>'
  const timed = new TimedText(text, RATE_HZ)
  const words = [
    { start_character: 7, end_character: 11, start_sample: 0, n_samples: 300 },
    { start_character: 28, end_character: 33, start_sample: 400, n_samples: 300 },
  ]
  timed.add({ start_character: 7, end_character: 33, begins_sentence: true, start_sample: 0, words })
  assert.deepEqual(cuesOf(timed, { ssml: true }).map((cue) => cue.text), ['Fish & chips'])
})

test('a time half way between two milliseconds is written as the server does, to the even one', () => {
  const cues = [0.0005, 0.0015, 3661.0125].map((startS) => ({ startS, endS: startS, text: '' }))
  assert.deepEqual(asSrt(cues).match(/[\d:,]+(?= -->)/g), ['00:00:00,000', '00:00:00,002', '01:01:01,012'])
})

test('nothing said is an empty file', () => {
  assert.equal(asWebVtt(cuesOf(new TimedText('', RATE_HZ))), 'WEBVTT\n')
})
