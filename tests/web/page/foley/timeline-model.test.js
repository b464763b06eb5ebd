// The timeline as the page holds it: grown, edited, undone, and what of it is sent to be rendered.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { TimelineModel, labelOf, startOf } from '../../../../web/page/foley/timeline-model.js'
import { random } from '../../support/signals.js'
import { bed, hit, whole } from '../../support/foley-rig.js'

const starts = (model) => model.items.map(startOf)

test('parts of a timeline come together by start, each sound in its stem', () => {
  const model = new TimelineModel()
  model.clear(4)
  model.grow({ until_s: 1, events: [hit(0.5), hit(0.2, { label: 'footstep' })], beds: [bed(0, 4)] })
  model.grow({ until_s: 2, events: [hit(1.5, { label: 'dog' }), hit(1.2, { label: 'rain' })], beds: [] })
  assert.deepEqual(starts(model), [0, 0.2, 0.5, 1.2, 1.5])
  assert.deepEqual(model.items.map(({ stem }) => stem), ['beds', 'steps', 'hits', 'spots', 'spots'])
  assert.equal(model.untilS, 2)
  assert.equal(model.edited, false)
})

test('a bed that goes on as it was is one bed, and the whole timeline says where it ends', () => {
  const model = new TimelineModel()
  model.clear(5)
  for (const at of [0, 2, 4]) model.grow({ until_s: at + 2, events: [], beds: [bed(at, at + 2), bed(at, at + 2, { label: 'wind', level: at })] })
  const ids = model.items.map(({ id }) => id)
  assert.deepEqual(model.items.map(({ bed: { label, start_s, end_s } }) => [label, start_s, end_s]), [
    ['rain', 0, 6],
    ['wind', 0, 2],
    ['wind', 2, 4],
    ['wind', 4, 6],
  ])
  model.grow({ until_s: 5, events: [hit(4.5)], beds: [] })
  assert.deepEqual(model.items.slice(0, 3).map(({ id }) => id), ids.slice(0, 3))
  model.complete(5, [bed(0, 5)])
  assert.deepEqual(model.edit, { events: [hit(4.5)], beds: [bed(0, 5)] })
  assert.equal(model.edited, false)
})

test('what was found is sent as it came, where nothing was changed', () => {
  const [events, beds] = [[hit(0.5, { pan: -0.3, distance: 0.9 }), hit(1)], [bed(0, 2)]]
  assert.deepEqual(whole(events, beds).edit, { events, beds })
})

test('a sound is moved within the video, at whole milliseconds, and stays in hand', () => {
  const model = whole([hit(1), hit(2)])
  const [{ id }] = model.items
  model.change(id, { onset_s: 2.50049 })
  assert.equal(model.find(id).event.onset_s, 2.5)
  assert.deepEqual(starts(model), [2, 2.5])
  model.change(id, { onset_s: -3 })
  assert.equal(model.find(id).event.onset_s, 0)
  model.change(id, { onset_s: 99 })
  assert.equal(model.find(id).event.onset_s, 3.999)
  assert.equal(model.edited, true)
})

test('another label takes its own material, stem and certainty; a material it cannot have is left out', () => {
  const model = whole([hit(1, { material: 'metal', confidence: 0.4 })])
  const [{ id }] = model.items
  model.change(id, { material: 'snow' })
  assert.equal(model.find(id).event.material, 'metal')
  model.change(id, { label: 'footstep' })
  assert.equal(model.find(id).event.material, 'concrete')
  assert.equal(model.find(id).stem, 'steps')
  assert.equal(model.find(id).event.confidence, 1)
  model.change(id, { material: 'snow' })
  assert.equal(model.find(id).event.material, 'snow')
  model.change(id, { label: 'dog' })
  assert.equal(model.find(id).event.material, null)
})

test('strength stays within 0 and 1, also as the level of a bed', () => {
  const model = whole([hit(1)], [bed(0, 4)])
  const [under, event] = model.items
  model.change(event.id, { strength: 1.4 })
  model.change(under.id, { strength: -1, label: 'wind' })
  assert.equal(model.find(event.id).event.strength, 1)
  assert.deepEqual(model.find(under.id).bed, { ...bed(0, 4), level: 0, label: 'wind' })
})

test('sounds are added where one is, backgrounds under all of it', () => {
  const model = whole([], [bed(0, 4, { room: 'hall' })])
  const id = model.addEvent(1.23456, 'impact')
  assert.deepEqual(model.find(id).event, hit(1.235, { strength: 0.6, confidence: 1 }))
  const lasting = model.find(model.addEvent(9, 'dog')).event
  assert.deepEqual([lasting.onset_s, lasting.duration_s, lasting.material], [3.999, 1, null])
  const under = model.find(model.addBed('wind')).bed
  assert.deepEqual(under, { start_s: 0, end_s: 4, label: 'wind', level: 0.4, room: 'hall' })
})

test('both ends of a background can be moved, within the video and with something left between', () => {
  const model = whole([], [bed(0, 4)])
  const [{ id }] = model.items
  model.change(id, { onset_s: 1.25 })
  model.change(id, { end_s: 3 })
  assert.deepEqual([model.find(id).bed.start_s, model.find(id).bed.end_s], [1.25, 3])
  model.change(id, { end_s: 99 })
  assert.equal(model.find(id).bed.end_s, 4)
  model.change(id, { onset_s: 50 })
  assert.equal(model.find(id).bed.start_s, 3.5)
  model.change(id, { end_s: -1 })
  assert.deepEqual([model.find(id).bed.start_s, model.find(id).bed.end_s], [0, 0.5])
})

test('every step can be undone, and one gesture is one step', () => {
  const model = whole([hit(1), hit(2)])
  const before = model.items
  const [{ id }] = before
  const drag = {}
  for (const onset_s of [1.1, 1.2, 1.3]) model.change(id, { onset_s }, drag)
  model.remove(id)
  const added = model.addEvent(3, 'impact')
  assert.equal(model.items.length, 2)
  model.undo()
  assert.equal(model.find(added), null)
  model.undo()
  assert.equal(model.find(id).event.onset_s, 1.3)
  model.undo()
  assert.equal(model.items, before)
  assert.equal(model.edited, false, 'what is heard is what is seen again')
  assert.equal(model.canUndo, false)
  model.undo()
  assert.equal(model.items, before)
})

test('what was rendered is what is heard, whatever is changed meanwhile', () => {
  const model = whole([hit(1)])
  const [{ id }] = model.items
  model.change(id, { onset_s: 2 })
  const asked = model.items
  model.hear(asked)
  assert.equal(model.edited, false)
  model.change(id, { onset_s: 3 })
  model.hear(asked)
  assert.equal(model.edited, true)
})

test('whatever is done, it stays in order, and undoing all of it leads back', () => {
  const next = random(7)
  const model = whole([hit(0.5), hit(1), hit(2, { label: 'footstep' })], [bed(0, 4)])
  const before = model.items
  let steps = 0
  for (let n = 0; n < 150; n++) {
    const item = model.items[Math.floor(next() * model.items.length)]
    const act = Math.floor(next() * 5)
    if (act === 0 || !item) model.addEvent(next() * 4, next() < 0.5 ? 'impact' : 'dog')
    else if (act === 1 && model.items.length > 2) model.remove(item.id)
    else if (act === 2) model.addBed('wind')
    else model.change(item.id, { onset_s: next() * 5 - 0.5, strength: next() })
    steps += 1
    assert.deepEqual(starts(model), starts(model).toSorted((a, b) => a - b))
    assert.equal(new Set(model.items.map(({ id }) => id)).size, model.items.length)
    assert.ok(model.items.every((each) => labelOf(each)))
  }
  while (steps-- > 0) model.undo()
  assert.equal(model.items, before)
})
