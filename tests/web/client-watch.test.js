// The client watching tasks of Foley: sound, timeline and progress of each, and what a broken connection leaves of them.

import assert from 'node:assert/strict'
import { mock, test } from 'node:test'

import { chunkOf, connected, types } from './support/client-rig.js'
import { settled } from './support/fake-media.js'
import { opened } from './support/fake-socket.js'
import { mseRig, playOn } from './support/mse-rig.js'
import { signal } from './support/signals.js'

/** Values of a chunk of 100 ms, of both channels, and of one. */
const PAIR_STEP = 9600
const HALF_STEP = 4800
const task = { task_id: 't1', token: 'secret' }
const answer = (stream_id, more = {}) => ({ stream_id, sample_rate_hz: 48000, channels: 2, state: 'processing', n_samples: 0, ...more })
const part = (stream_id, until_s, events = []) => ({ stream_id, until_s, events, beds: [] })

function watchAll(watching) {
  const events = []
  for (const type of ['started', 'chunk', 'timeline', 'progress', 'warning', 'done', 'cancelled', 'error']) {
    watching.addEventListener(type, ({ detail }) => events.push([type, detail]))
  }
  return events
}

const sendChunk = (socket, stream_id, sequence, pcm, n) =>
  socket.chunk(stream_id, sequence, pcm.subarray(n * PAIR_STEP, (n + 1) * PAIR_STEP), n * HALF_STEP)

test('a task is watched: its sound, its timeline and its progress come as they are made', async () => {
  const { wildtrack, socket } = await connected()
  const watching = wildtrack.watch(task)
  const events = watchAll(watching)
  assert.deepEqual(socket.all('watch'), [{ ...task, next: 0 }])
  socket.answer(answer('w1'))
  socket.happen('progress', { stream_id: 'w1', step: 'analysing', percent: 10, message: 'Looking.' })
  const hit = { onset_s: 0.5, label: 'impact' }
  socket.happen('timeline', part('w1', 1, [hit]))
  const pcm = signal('loud noise', HALF_STEP, 2)
  sendChunk(socket, 'w1', 0, pcm, 0)
  socket.happen('warning', { stream_id: 'w1', code: 'too_dark', message: 'Dark.' })
  socket.happen('timeline', part('somebody else', 2))
  socket.happen('done', { stream_id: 'w1', total_samples: HALF_STEP })
  await watching.finished
  assert.equal(socket.chunks[0].acknowledged, 1)
  assert.deepEqual(types(events), ['started', 'progress', 'timeline', 'chunk', 'warning', 'done'])
  assert.equal(events[0][1].state, 'processing')
  assert.deepEqual(events[1][1], { step: 'analysing', percent: 10, message: 'Looking.' })
  assert.deepEqual(events[2][1], { until_s: 1, events: [hit], beds: [] })
  assert.deepEqual(socket.all('playback'), [])
})

test('after a broken connection it watches again from the next sample, and nothing is told twice', async () => {
  const { wildtrack, socket } = await connected()
  const watching = wildtrack.watch(task)
  const events = watchAll(watching)
  const pcm = signal('a steady voice', 6 * HALF_STEP, 2)
  socket.answer(answer('w1'))
  socket.happen('timeline', part('w1', 1))
  socket.happen('warning', { stream_id: 'w1', code: 'too_dark', message: 'Dark.' })
  for (let n = 0; n < 2; n++) sendChunk(socket, 'w1', n, pcm, n)
  socket.drop()
  socket.connect()
  socket.drop() // before it was answered
  socket.connect()
  const again = { ...task, next: 2 * HALF_STEP }
  assert.deepEqual(socket.all('watch').slice(1), [again, again])
  assert.deepEqual(socket.all('resume'), [])
  sendChunk(socket, 'w3', 0, pcm, 2) // it comes before the answer
  socket.answer(answer('w3'))
  socket.happen('warning', { stream_id: 'w3', code: 'too_dark', message: 'Dark.' })
  for (const untilS of [1, 2, 3]) socket.happen('timeline', part('w3', untilS))
  sendChunk(socket, 'w1', 2, pcm, 5) // of the stream that is no more
  for (let n = 3; n < 6; n++) sendChunk(socket, 'w3', n - 2, pcm, n)
  socket.happen('done', { stream_id: 'w3', total_samples: 6 * HALF_STEP })
  await watching.finished
  const chunks = events.filter(([type]) => type === 'chunk').flatMap(([, detail]) => [...detail.pcm])
  assert.deepEqual(Int16Array.from(chunks), pcm)
  assert.deepEqual(events.filter(([type]) => type === 'timeline').map(([, { until_s }]) => until_s), [1, 2, 3])
  assert.deepEqual(types(events).filter((type) => ['started', 'warning', 'done'].includes(type)), ['started', 'warning', 'done'])
  assert.ok(socket.chunks.every(({ acknowledged }) => acknowledged === 1))
})

test('what is asked for while the connection is away is asked when it is back, once', async () => {
  const { wildtrack, socket } = await connected()
  socket.drop()
  const watching = wildtrack.watch({ ...task, next: 4800 })
  assert.deepEqual(socket.all('watch'), [])
  socket.connect()
  assert.deepEqual(socket.all('watch'), [{ ...task, next: 4800 }])
  socket.answer(answer('w1'))
  sendChunk(socket, 'w1', 0, signal('loud noise', 2 * HALF_STEP, 2), 1)
  socket.happen('done', { stream_id: 'w1', total_samples: 9600 })
  await watching.finished
})

test('with a player it is heard whole, in stereo, and a listener who pauses holds no credit back', async () => {
  const { wildtrack, socket } = await connected()
  const { player, audio } = mseRig()
  const watching = wildtrack.watch({ ...task, player })
  socket.answer(answer('w1'))
  const pcm = signal('soft noise on one channel', 12 * HALF_STEP, 2)
  for (let n = 0; n < 12; n++) sendChunk(socket, 'w1', n, pcm, n)
  assert.ok(socket.chunks.every(({ acknowledged }) => acknowledged === 1))
  socket.happen('done', { stream_id: 'w1', total_samples: 12 * HALF_STEP })
  await watching.finished
  await settled()
  assert.equal(player.recording.channels, 2)
  assert.equal(player.recording.sampleRateHz, 48000)
  await playOn(audio)
  assert.deepEqual(Int16Array.from(audio.heard), pcm)
})

test('a refusal, and a task that fails, end it with what the server says', async () => {
  const { wildtrack, socket } = await connected()
  const refused = wildtrack.watch(task)
  socket.answer({ error: { code: 'task_not_found', message: 'No.', retryable: false } })
  await assert.rejects(refused.finished, { code: 'task_not_found' })
  const failed = wildtrack.watch(task)
  socket.answer(answer('w2'))
  socket.happen('error', { stream_id: 'w2', code: 'video_unreadable', message: 'Cut off.', retryable: false })
  socket.happen('timeline', part('w2', 1))
  await assert.rejects(failed.finished, { code: 'video_unreadable' })
  socket.drop()
  socket.connect()
  assert.equal(socket.all('watch').length, 2, 'neither is asked for again')
})

test('to stop ends the watching; another watcher of the same task goes on, and close() ends all', async () => {
  const { wildtrack, socket } = await connected()
  const [one, two] = [wildtrack.watch(task), wildtrack.watch(task)]
  socket.answer(answer('w1'))
  socket.answer(answer('w2'))
  one.stop()
  await one.finished
  assert.deepEqual(socket.all('cancel'), [{ stream_id: 'w1' }])
  assert.equal(two.over, false)
  wildtrack.close()
  await two.finished
})

test('speech and a task share a connection, and each goes on in its own way', async () => {
  const { wildtrack, socket } = await connected()
  const [utterance, watching] = [wildtrack.speak({ text: 'One.' }), wildtrack.watch(task)]
  socket.answer(opened('s1'))
  socket.answer(answer('w1'))
  socket.drop()
  socket.connect()
  assert.deepEqual(socket.all('resume').map(({ stream_id }) => stream_id), ['s1'])
  assert.equal(socket.all('watch').length, 2)
  socket.answer(answer('w2'))
  socket.answer(opened('s1'))
  const speech = signal('loud noise', 2400, 1)
  socket.chunk('s1', 0, chunkOf(speech, 0))
  socket.happen('done', { stream_id: 's1', total_samples: 2400 })
  socket.happen('done', { stream_id: 'w2', total_samples: 0 })
  await Promise.all([utterance.finished, watching.finished])
})

test('a connection that does not come back ends the watching, but not at once', async () => {
  mock.timers.enable({ apis: ['setTimeout'] })
  try {
    const { wildtrack, socket } = await connected()
    const watching = wildtrack.watch(task)
    socket.drop()
    mock.timers.tick(29_000)
    assert.equal(watching.over, false)
    mock.timers.tick(1000)
    await assert.rejects(watching.finished, { code: 'connection_lost', retryable: true })
  } finally {
    mock.timers.reset()
  }
})
