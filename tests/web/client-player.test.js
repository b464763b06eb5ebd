// The client with a player: what is heard, who has the loudspeaker, and what the server is told of it.

import assert from 'node:assert/strict'
import { mock, test } from 'node:test'

import { chunkOf, connected, STEP, types, watch } from './support/client-rig.js'
import { FakeMediaSource, settled } from './support/fake-media.js'
import { opened } from './support/fake-socket.js'
import { mseRig, playOn } from './support/mse-rig.js'
import { signal } from './support/signals.js'

test('with a player, what is heard is what was sent, and credit follows playback', async () => {
  const { wildtrack, socket } = await connected()
  const { player, audio, events: played } = mseRig()
  const utterance = wildtrack.speak({ text: 'A long text.', player })
  socket.answer(opened('s1'))
  const pcm = signal('soft noise on one channel', 420 * STEP, 1)
  for (let n = 0; n < 420; n++) socket.chunk('s1', n, chunkOf(pcm, n))
  await settled(200)
  assert.equal(socket.chunks.filter(({ acknowledged }) => acknowledged === 1).length, 400)
  await playOn(audio, 1)
  assert.equal(socket.chunks.filter(({ acknowledged }) => acknowledged === 1).length, 410)
  socket.happen('done', { stream_id: 's1', total_samples: 420 * STEP })
  await utterance.finished
  await settled()
  assert.ok(socket.chunks.every(({ acknowledged }) => acknowledged === 1))
  await playOn(audio)
  assert.equal(played.at(-1), 'ended')
  assert.ok(audio.heard.every((value, i) => value === pcm[i]))
  assert.equal(audio.heard.length, pcm.length)
})

test('the player begins before \'started\' is told, and its source opens within the call of speak', async () => {
  const { wildtrack, socket } = await connected()
  const { player } = mseRig()
  const utterance = wildtrack.speak({ text: 'Hello.', player })
  assert.equal(FakeMediaSource.made.length, 1)
  let recording
  utterance.addEventListener('started', () => (recording = player.recording))
  socket.answer(opened('s1', { sample_rate_hz: 48000, channels: 2 }))
  assert.equal(recording.sampleRateHz, 48000)
  assert.equal(recording.channels, 2)
  utterance.stop()
})

test('stop silences the player at once, also when all has come already', async () => {
  for (const whole of [false, true]) {
    const { wildtrack, socket } = await connected()
    const { player, audio } = mseRig()
    const utterance = wildtrack.speak({ text: 'Hello.', player })
    socket.answer(opened('s1'))
    for (let n = 0; n < 10; n++) socket.chunk('s1', n, new Int16Array(STEP))
    if (whole) socket.happen('done', { stream_id: 's1', total_samples: 10 * STEP })
    await settled()
    assert.ok(audio.advance(0.2) > 0)
    utterance.stop()
    assert.equal(audio.advance(0.2), 0)
    assert.equal(player.durationS, 1)
  }
})

test('a second text for the same player stops the first, whose late chunks are not heard', async () => {
  const { wildtrack, socket } = await connected()
  const { player, audio } = mseRig()
  const first = wildtrack.speak({ text: 'One.', player })
  socket.answer(opened('a'))
  socket.chunk('a', 0, signal('loud noise', STEP, 1))
  const second = wildtrack.speak({ text: 'Two.', player })
  await first.finished
  socket.chunk('a', 1, signal('loud noise', STEP, 1))
  socket.answer(opened('b'))
  socket.chunk('a', 2, signal('loud noise', STEP, 1))
  const pcm = signal('a steady voice', 5 * STEP, 1)
  for (let n = 0; n < 5; n++) socket.chunk('b', n, chunkOf(pcm, n))
  socket.happen('done', { stream_id: 'b', total_samples: 5 * STEP })
  await second.finished
  await settled()
  await playOn(audio)
  assert.deepEqual(Int16Array.from(audio.heard), pcm)
  assert.deepEqual(socket.all('cancel'), [{ stream_id: 'a' }])
  assert.ok(socket.chunks.every(({ acknowledged }) => acknowledged === 1))
})

test('whoever takes the player by other means ends the utterance that had it', async () => {
  const { wildtrack, socket } = await connected()
  const { player } = mseRig()
  const utterance = wildtrack.speak({ text: 'One.', player })
  const events = watch(utterance)
  socket.answer(opened('a'))
  socket.chunk('a', 0, new Int16Array(STEP))
  player.begin({ sampleRateHz: 24000, channels: 1 })
  socket.chunk('a', 1, new Int16Array(STEP))
  await utterance.finished
  assert.deepEqual(types(events), ['started', 'chunk', 'cancelled'])
  assert.equal(player.durationS, 0)
  assert.ok(socket.chunks.every(({ acknowledged }) => acknowledged === 1))
})

test('a connection that is lost for good lets what has come play to its end', async () => {
  const { wildtrack, socket } = await connected()
  const { player, audio, events: played } = mseRig()
  const utterance = wildtrack.speak({ text: 'Hello.', player })
  socket.answer(opened('s1'))
  const pcm = signal('a steady voice', 5 * STEP, 1)
  for (let n = 0; n < 5; n++) socket.chunk('s1', n, chunkOf(pcm, n))
  socket.drop({ forGood: true })
  await assert.rejects(utterance.finished, { code: 'connection_lost' })
  await settled()
  await playOn(audio)
  assert.deepEqual(Int16Array.from(audio.heard), pcm)
  assert.deepEqual(played, ['playing', 'ended'])
})

test('the server is told four times a second where playback is, until all is heard', async () => {
  mock.timers.enable({ apis: ['setInterval'] })
  try {
    const { wildtrack, socket } = await connected()
    const { player, audio } = mseRig()
    const utterance = wildtrack.speak({ text: 'Hello.', player })
    socket.answer(opened('s1'))
    for (let n = 0; n < 10; n++) socket.chunk('s1', n, new Int16Array(STEP))
    await settled()
    audio.advance(0.5)
    mock.timers.tick(250)
    assert.deepEqual(socket.all('playback'), [{ stream_id: 's1', position_s: 0.5, underruns: 0 }])
    socket.happen('done', { stream_id: 's1', total_samples: 10 * STEP })
    await utterance.finished
    mock.timers.tick(250)
    assert.equal(socket.all('playback').length, 2)
    socket.connected = false
    mock.timers.tick(250)
    socket.connected = true
    assert.equal(socket.all('playback').length, 2)
    await settled()
    await playOn(audio)
    mock.timers.tick(1000)
    assert.equal(socket.all('playback').length, 2)
  } finally {
    mock.timers.reset()
  }
})
