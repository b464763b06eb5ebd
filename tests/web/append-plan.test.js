// The decision what to append next, case by case.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { START_S, nextStep } from '../../web/player/append-plan.js'

/** Frames of a tenth of a second, in the middle of a long text, with 10 s ahead; cases change what they are about. */
const VIEW = {
  buffered: [[0, 30]],
  positionS: 20,
  cursor: 300,
  frameCount: 300,
  frameS: 0.1,
  finished: false,
  ended: false,
  started: true,
  flush: false,
  leadS: 30,
  appendS: 5,
}
const step = (changes) => nextStep({ ...VIEW, ...changes })

const CASES = {
  'with nothing new it waits': [{}, { kind: 'wait' }],
  'before the start it waits for a quarter of a second': [
    { buffered: [], positionS: 0, cursor: 0, frameCount: 2, started: false },
    { kind: 'wait' },
  ],
  'with a quarter of a second it starts': [
    { buffered: [], positionS: 0, cursor: 0, frameCount: Math.ceil(START_S / 0.1), started: false },
    { kind: 'append', from: 0, to: 3 },
  ],
  'a text shorter than that starts when it is whole': [
    { buffered: [], positionS: 0, cursor: 0, frameCount: 1, started: false, finished: true },
    { kind: 'append', from: 0, to: 1 },
  ],
  'with little ahead, one frame is worth an append': [{ positionS: 28, frameCount: 301 }, { kind: 'append', from: 300, to: 301 }],
  'with much ahead, frames are gathered': [{ frameCount: 305 }, { kind: 'wait' }],
  'a second of them is appended': [{ frameCount: 310 }, { kind: 'append', from: 300, to: 310 }],
  'the last ones are appended without gathering': [{ frameCount: 301, finished: true }, { kind: 'append', from: 300, to: 301 }],
  'no append is longer than allowed': [{ frameCount: 900 }, { kind: 'append', from: 300, to: 350 }],
  'no append goes beyond the lead': [{ frameCount: 900, leadS: 12 }, { kind: 'append', from: 300, to: 320 }],
  'with the lead reached it waits': [{ frameCount: 900, leadS: 10 }, { kind: 'wait' }],
  'after the last frame comes the end': [{ finished: true }, { kind: 'end' }],
  'the end is told once': [{ finished: true, ended: true }, { kind: 'wait' }],
  'an empty text that is whole ends': [
    { buffered: [], positionS: 0, cursor: 0, frameCount: 0, started: false, finished: true },
    { kind: 'end' },
  ],
  'a seek elsewhere empties the buffer first': [
    { flush: true, started: false, positionS: 500, cursor: 4999, frameCount: 9000 },
    { kind: 'remove', fromS: 0, toS: Infinity },
  ],
  'sound that was played long ago is let go': [
    { buffered: [[0, 120]], positionS: 100, cursor: 1200, frameCount: 1300 },
    { kind: 'remove', fromS: 0, toS: 70 },
  ],
  'but not while there is hurry': [
    { buffered: [[0, 103]], positionS: 100, cursor: 1030, frameCount: 1300 },
    { kind: 'append', from: 1030, to: 1080 },
  ],
  'nor when all is appended': [
    { buffered: [[0, 120]], positionS: 100, cursor: 1200, frameCount: 1200, finished: true, ended: true },
    { kind: 'wait' },
  ],
  'what was evicted ahead is appended again': [{ buffered: [[0, 22], [25, 30]] }, { kind: 'rewind', cursor: 220 }],
  'what was evicted at the position too': [{ buffered: [] }, { kind: 'rewind', cursor: 200 }],
  'times that are rounded are no eviction': [{ buffered: [[0, 29.999999]] }, { kind: 'wait' }],
  'a last frame that is shorter is no eviction': [
    { buffered: [[0, 29.93]], finished: true, ended: true },
    { kind: 'wait' },
  ],
}

for (const [name, [changes, expected]] of Object.entries(CASES)) {
  test(name, () => assert.deepEqual(step(changes), expected))
}
