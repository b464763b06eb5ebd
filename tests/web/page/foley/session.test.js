// What the page does with a video, against a server and a browser that the test plays.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Deck } from '../../../../web/page/foley/deck.js'
import { Session } from '../../../../web/page/foley/session.js'
import { TimelineModel } from '../../../../web/page/foley/timeline-model.js'
import { settled } from '../../support/fake-media.js'
import { FakeLink, bed, hit } from '../../support/foley-rig.js'
import { mseRig, playOn } from '../../support/mse-rig.js'

const video = new Blob(['video'])
const wishes = { description: 'steps' }

async function rig() {
  const link = new FakeLink()
  const timeline = new TimelineModel()
  const { player, audio } = mseRig()
  const deck = new Deck({ makePlayer: async () => player, now: () => 0 })
  const session = new Session({ link, timeline, deck, now: () => 0 })
  const told = []
  for (const type of ['news', 'problem']) {
    session.addEventListener(type, ({ detail }) => told.push(detail.news ?? detail.problem.code))
  }
  await deck.prepare()
  return { link, timeline, player, audio, deck, session, told }
}

/** Everything has come of a video of four seconds. */
async function made() {
  const it = await rig()
  const making = it.session.make(video, wishes, 4)
  await settled()
  const [watching] = it.link.watchings
  watching.start()
  watching.tell('timeline', { until_s: 4, events: [hit(1), hit(2)], beds: [bed(0, 4)] })
  watching.sound(4)
  watching.done()
  await making
  return it
}

test('a video goes up, is heard while it is made, and is whole at its end', async () => {
  const { link, timeline, deck, session, audio, told } = await rig()
  const making = session.make(video, wishes, 4)
  await settled()
  const [[{ onUpload, signal, ...sent }]] = link.all('generate')
  assert.deepEqual(sent, { video, wishes })
  onUpload(0.5)
  assert.equal(session.uploaded, 0.5)
  assert.equal(session.phase, 'working')
  const [watching] = link.watchings
  watching.start()
  watching.tell('progress', { step: 'analysing', percent: 10, message: '' })
  watching.tell('timeline', { until_s: 1, events: [hit(0.5)], beds: [] })
  watching.tell('warning', { code: 'too_dark', message: 'Dark.' })
  watching.sound(0.5)
  await settled(50)
  assert.ok(audio.advance(0.1) > 0, 'it is heard while it is made')
  assert.equal(deck.playing, true)
  assert.equal(session.isEditable, false)
  assert.equal(session.whole, null)
  assert.equal(timeline.items.length, 1)
  watching.sound(3.5)
  watching.done()
  await making
  assert.equal(session.phase, 'idle')
  assert.equal(deck.durationS, 4)
  assert.equal(session.whole.task_id, 't1')
  assert.equal(session.isEditable, true)
  assert.equal(timeline.durationS, 4)
  assert.deepEqual(session.warnings, [{ code: 'too_dark', message: 'Dark.' }])
  await settled(50)
  await playOn(audio)
  assert.deepEqual(told, ['uploading', 'working', 'done'])
  assert.equal(deck.playing, false)
  assert.equal(signal.aborted, false)
})

test('an edited timeline is rendered from the video that was looked at, and takes over where the sound is', async () => {
  const { link, timeline, deck, session, player, audio } = await made()
  await settled(50)
  await playOn(audio, 1)
  const before = player.recording
  timeline.change(timeline.items[1].id, { onset_s: 3 })
  const rendering = session.renderAgain(['hits'])
  await settled()
  const [[task, edit]] = link.all('edit')
  assert.equal(task.task_id, 't1')
  assert.deepEqual(edit, { ...timeline.edit, stems: ['hits'] })
  const watching = link.watchings.at(-1)
  watching.start()
  watching.sound(1)
  assert.equal(player.recording, before, 'the one before is heard as long as there is too little')
  watching.sound(3)
  assert.notEqual(player.recording, before)
  assert.ok(Math.abs(deck.positionS - 1) < 0.3, `${deck.positionS} s`)
  watching.done()
  await rendering
  assert.equal(timeline.edited, false)
  assert.equal(session.whole.task_id, 't2')
  assert.deepEqual(link.all('remove'), [], 'the video stays')
  timeline.undo()
  const again = session.renderAgain(['hits', 'steps', 'spots', 'beds'])
  await settled()
  link.watchings.at(-1).start()
  link.watchings.at(-1).sound(4)
  link.watchings.at(-1).done()
  await again
  assert.deepEqual(link.all('remove').map(([{ task_id }]) => task_id), ['t2'], 'what is not heard any more goes')
})

test('to stop ends the work on the server, and what was made can be heard', async () => {
  const { link, deck, session, told } = await rig()
  const making = session.make(video, wishes, 4)
  await settled()
  link.watchings[0].start()
  link.watchings[0].sound(1)
  session.stop()
  await making
  assert.equal(session.phase, 'idle')
  assert.equal(deck.durationS, 1)
  assert.equal(deck.recording.finished, true)
  assert.equal(session.whole, null)
  assert.equal(link.watchings[0].stopped, true)
  assert.deepEqual(link.all('cancel').map(([{ task_id }]) => task_id), ['t1'])
  assert.equal(told.at(-1), 'stopped')
})

test('an upload that is given up leaves nothing: a task that comes of it all the same is removed', async () => {
  const { link, session } = await rig()
  const making = session.make(video, wishes, 4)
  session.stop()
  await making
  await settled()
  assert.equal(link.all('generate')[0][0].signal.aborted, true)
  assert.deepEqual(link.all('remove').map(([{ task_id }]) => task_id), ['t1'])
  assert.equal(link.watchings.length, 0)
})

test('what fails is told once, with what was being done, and what was made stays', async () => {
  const { link, deck, session, told } = await rig()
  const refused = Object.assign(new Error('No video.'), { code: 'video_unreadable', retryable: false })
  link.refusals.generate = refused
  await session.make(video, wishes, 4)
  assert.deepEqual(told.splice(0), ['uploading', 'video_unreadable'])
  const making = session.make(video, wishes, 4)
  await settled()
  link.watchings[0].start()
  link.watchings[0].sound(1)
  link.watchings[0].fail(refused)
  await making
  assert.equal(told.at(-1), 'video_unreadable')
  assert.equal(deck.durationS, 1)
  assert.equal(session.isEditable, false)
})

test('a connection that is opened anew is no end of the sound', async () => {
  const { link, deck, session, told } = await rig()
  const making = session.make(video, wishes, 4)
  await settled()
  link.watchings[0].start()
  link.watchings[0].sound(1)
  link.watchings[0].stop()
  await making
  assert.equal(told.at(-1), 'connection_lost')
  assert.equal(session.whole, null)
})

test('the same video is asked for again before what was made of it is removed: the server may still have it', async () => {
  const { link, session } = await made()
  void session.make(video, wishes, 4)
  await settled()
  assert.deepEqual(link.asked.slice(-2).map(([name]) => name), ['generate', 'remove'])
  assert.deepEqual(link.all('remove').map(([{ task_id }]) => task_id), ['t1'])
  assert.equal(session.isKept, true)
  session.stop()
})

test('another video takes nothing of the one before, which is removed', async () => {
  const { link, timeline, deck, session, audio } = await made()
  session.clear()
  await settled()
  assert.deepEqual(link.all('remove').map(([{ task_id }]) => task_id), ['t1'])
  assert.deepEqual([deck.durationS, deck.recording, timeline.items.length, session.isEditable], [0, null, 0, false])
  assert.equal(audio.advance(0.5), 0)
})

test('all can be removed from the server; the sound stays here, and what was not removed can be tried again', async () => {
  const { link, deck, session, told } = await made()
  link.refusals.remove = Object.assign(new Error('away'), { code: 'connection_failed', retryable: true })
  await session.removeAll()
  assert.equal(told.at(-1), 'remove_failed')
  assert.equal(session.isKept, true)
  await session.removeAll()
  assert.equal(told.at(-1), 'removed')
  assert.equal(session.isKept, false)
  assert.equal(deck.durationS, 4)
  assert.equal(session.isEditable, false)
  assert.equal(session.whole, null)
})
