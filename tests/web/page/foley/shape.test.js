// What is in view of a timeline and what it says: geometry, names, captions, stems, and the sound in hand.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { captionsAt } from '../../../../web/page/foley/captions.js'
import { canZoomIn, inView, named, pixelsPerSecond, scrolledTo } from '../../../../web/page/foley/score-shape.js'
import { Selection } from '../../../../web/page/foley/selection.js'
import { Mixer, STEMS } from '../../../../web/page/foley/stems.js'
import { startOf } from '../../../../web/page/foley/timeline-model.js'
import { bed, hit, whole } from '../../support/foley-rig.js'

test('a short video fills the view, a long one has seconds wide enough to be seen, and one can look closer', () => {
  assert.equal(pixelsPerSecond(10, 800, 0), 80)
  assert.equal(pixelsPerSecond(1800, 800, 0), 24)
  assert.equal(pixelsPerSecond(1800, 800, 2), 96)
  assert.equal(pixelsPerSecond(10, 800, 9), 320)
  assert.equal(pixelsPerSecond(1, 800, 0), 800, 'it never leaves the view empty')
  assert.equal(canZoomIn(10, 800, 0), true)
  assert.equal(canZoomIn(10, 800, 2), false)
})

test('in view is what begins there, and what reaches into it', () => {
  const { items } = whole([hit(0.5), hit(1.5, { duration_s: 1 }), hit(3)], [bed(0, 4)])
  assert.deepEqual(inView(items, 2, 2.9).map(startOf), [0, 1.5])
})

test('a name is shown where there is room, and of the same sound again and again once', () => {
  const steps = [0, 0.5, 1, 1.5].map((at) => hit(at, { label: 'footstep' }))
  const { items } = whole([...steps, hit(0.1), hit(0.3, { label: 'clap' }), hit(2, { label: 'knock' })])
  const shown = named(items, 50, () => 40)
  assert.deepEqual(items.filter(({ id }) => shown.has(id)).map(startOf), [0, 0.1, 2])
})

test('the view follows a moment that leaves it, and stays where it is otherwise', () => {
  assert.equal(scrolledTo({ leftPx: 100, viewPx: 400, atPx: 300 }), 100)
  assert.equal(scrolledTo({ leftPx: 100, viewPx: 400, atPx: 495 }), 395)
  assert.equal(scrolledTo({ leftPx: 500, viewPx: 400, atPx: 20 }), 0)
})

test('captions are the sounds of the moment, the last first; the background where there is none', () => {
  const events = [hit(1), hit(1.5, { label: 'footstep', material: 'snow' }), hit(1.6, { label: 'footstep', material: 'snow' })]
  const { items } = whole([...events, hit(3, { strength: 0.02 })], [bed(0, 4)])
  assert.deepEqual(captionsAt(items, 0.5, 'en'), ['rain'])
  assert.deepEqual(captionsAt(items, 1.7, 'en'), ['footsteps, snow', 'impact, wood'])
  assert.deepEqual(captionsAt(items, 2.5, 'zh'), ['脚步（雪地）'])
  assert.deepEqual(captionsAt(items, 3.1, 'en'), ['rain'], 'what is hardly heard is not worth a word')
})

test('a muted stem is not heard, and where one is solo no other is', () => {
  const mixer = new Mixer()
  assert.deepEqual(mixer.audible, STEMS)
  mixer.toggleMute('beds')
  assert.deepEqual(mixer.audible, ['hits', 'steps', 'spots'])
  mixer.toggleSolo('steps')
  mixer.toggleSolo('beds')
  assert.deepEqual(mixer.audible, ['steps'])
  mixer.toggleSolo('steps')
  mixer.toggleSolo('beds')
  mixer.toggleMute('beds')
  assert.deepEqual(mixer.audible, STEMS)
  mixer.toggleSolo('hits')
  mixer.reset()
  assert.deepEqual(mixer.audible, STEMS)
})

test('the sound in hand goes to its neighbours, from none to the nearest, and is let go of when it is taken away', () => {
  const model = whole([hit(1), hit(2), hit(3)])
  const selection = new Selection(model)
  const at = () => selection.item && startOf(selection.item)
  selection.step(1, 1.5)
  assert.equal(at(), 2)
  for (const step of [1, 1, -1]) selection.step(step, 0)
  assert.equal(at(), 2)
  selection.choose(null)
  selection.step(-1, 1.5)
  assert.equal(at(), 1)
  selection.choose(null)
  selection.step(1, 9)
  assert.equal(at(), 3)
  model.remove(selection.item.id)
  assert.equal(selection.item, null)
  assert.equal(selection.index, -1)
})
