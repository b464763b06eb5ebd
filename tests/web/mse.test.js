// Playback through MediaSource, on a browser that throws wherever a real one would. What is heard is compared sample by sample.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Recording } from '../../web/player/recording.js'
import { FakeManagedMediaSource, FakeMediaSource, settled, until } from './support/fake-media.js'
import { feed, mseRig, playOn } from './support/mse-rig.js'
import { concat, signal } from './support/signals.js'

const RATE_HZ = 24000
const voice = (seconds, seed = 1) => signal('soft noise on one channel', Math.round(seconds * RATE_HZ), 1, seed)
const begin = (player) => player.begin({ sampleRateHz: RATE_HZ, channels: 1 })

test('every sample is heard, in order, and the end is told once', async () => {
  for (const channels of [1, 2]) {
    const { player, audio, events } = mseRig()
    player.begin({ sampleRateHz: RATE_HZ, channels })
    const pcm = signal('a steady voice', 3.3 * RATE_HZ, channels)
    await feed(player, pcm, { channels })
    await player.end()
    await settled()
    await playOn(audio)
    assert.deepEqual(Int16Array.from(audio.heard), pcm)
    assert.equal(FakeMediaSource.made.at(-1).ends, 1)
    assert.deepEqual(events, ['playing', 'ended'])
    assert.equal(player.underruns, 0)
  }
})

test('the first append holds at least a quarter of a second, and playing begins with it', async () => {
  const { player, events } = mseRig()
  begin(player)
  await settled()
  const pcm = voice(1)
  const step = RATE_HZ / 10
  for (const piece of [0, 1]) {
    void player.push(pcm.subarray(piece * step, (piece + 1) * step))
    await settled()
  }
  assert.deepEqual(FakeMediaSource.made[0].buffers[0].log, [{ kind: 'init' }])
  void player.push(pcm.subarray(2 * step, 3 * step))
  await settled()
  assert.deepEqual(FakeMediaSource.made[0].buffers[0].log, [{ kind: 'init' }, { kind: 'append', start: 0, count: 7 }])
  assert.deepEqual(events, ['playing'])
})

test('a word of thirty milliseconds is heard, since the end is told right after it', async () => {
  const { player, audio, events } = mseRig()
  begin(player)
  const pcm = voice(0.03)
  void player.push(pcm)
  await player.end()
  await settled()
  await playOn(audio)
  assert.deepEqual(Int16Array.from(audio.heard), pcm)
  assert.deepEqual(events, ['playing', 'ended'])
})

test('an utterance without a sound ends', async () => {
  const { player, events } = mseRig()
  begin(player)
  await player.end()
  assert.deepEqual(events, ['ended'])
})

test('what comes during an append is gathered into the next one', async () => {
  const rig = mseRig()
  begin(rig.player)
  await settled()
  await feed(rig.player, voice(2), { settle: false })
  await settled()
  // The quarter second that was there at once, then all the rest together.
  assert.equal(rig.steps.length, 2)
})

test('no more than thirty seconds are buffered ahead, however much comes', async () => {
  const { player, audio } = mseRig()
  begin(player)
  await feed(player, voice(60), { settle: false })
  await settled(400)
  assert.ok(player.bufferedAheadS > 29 && player.bufferedAheadS <= 30.1)
  await playOn(audio, 10)
  assert.ok(player.bufferedAheadS > 28 && player.bufferedAheadS <= 30.1)
  assert.equal(player.durationS, 60)
})

test('credit is given for forty seconds, then piece by piece as it is heard', async () => {
  const { player, audio } = mseRig()
  begin(player)
  const passed = []
  const pushes = await feed(player, voice(50), { settle: false })
  pushes.forEach((push, i) => push.then(() => passed.push(i)))
  await settled(400)
  assert.equal(passed.length, 400)
  await playOn(audio, 5)
  assert.equal(passed.length, 450)
  assert.deepEqual(passed, passed.map((_, i) => i))
})

test('going back to the start holds no credit back', async () => {
  const { player, audio } = mseRig()
  begin(player)
  await feed(player, voice(45), { settle: false })
  await settled(400)
  await playOn(audio, 20)
  player.seek(0)
  await settled(100)
  let given = false
  void player.push(voice(0.1)).then(() => (given = true))
  await until(() => given)
})

test('a long text plays to its end in a small buffer, and every sample of it is heard', async () => {
  // Soft noise: some 19 kB a second. The buffer has room for ten seconds.
  const rig = mseRig({ quotaBytes: 190_000 })
  begin(rig.player)
  const pcm = concat([voice(30, 1), voice(30, 2), voice(15.5, 3)])
  const pushes = await feed(rig.player, pcm, { settle: false })
  await rig.player.end()
  await settled(200)
  await playOn(rig.audio)
  assert.ok(Int16Array.from(rig.audio.heard).every((value, i) => value === pcm[i]))
  assert.equal(rig.audio.heard.length, pcm.length)
  assert.equal(rig.player.underruns, 0)
  assert.equal(rig.source.ends, 1)
  assert.ok(rig.steps.some(({ kind }) => kind === 'remove'))
  assert.equal(pushes.length, 755)
})

test('with room for less than a quarter of a second, the browser is given up', async () => {
  const rig = mseRig({ quotaBytes: 3000 })
  begin(rig.player)
  await feed(rig.player, voice(3))
  await until(() => rig.events.includes('error'))
})

test('played sound is let go after a while, and appended again for a seek to the start, while more still comes', async () => {
  const rig = mseRig()
  const { player, audio } = rig
  begin(player)
  const pcm = concat([voice(60, 1), voice(60, 2), voice(30, 3)])
  for (let at = 0; at < 140; at += 5) {
    await feed(player, pcm.subarray(at * RATE_HZ, (at + 5) * RATE_HZ), { settle: false })
    await settled(20)
    await playOn(audio, 5)
  }
  assert.ok(rig.steps.some(({ kind, toS }) => kind === 'remove' && toS < 200))
  assert.ok(rig.buffer.buffered.start(0) > 30)
  audio.heard = []
  player.seek(1.5)
  assert.equal(player.positionS, 1.5)
  await settled(100)
  await playOn(audio, 4)
  assert.deepEqual(Int16Array.from(audio.heard), pcm.subarray(1.5 * RATE_HZ, 5.5 * RATE_HZ))
  assert.equal(rig.buffer.buffered.length, 1)
  await feed(player, pcm.subarray(140 * RATE_HZ), { settle: false })
  await player.end()
  audio.heard = []
  const from = Math.round(audio.currentTime * RATE_HZ)
  await playOn(audio)
  assert.equal(audio.heard.length, pcm.length - from)
  assert.ok(audio.heard.every((value, i) => value === pcm[from + i]))
})

test('after the end it can be sought from the first word, and played again', async () => {
  const rig = mseRig()
  const { player, audio, events } = rig
  begin(player)
  const pcm = concat([voice(60, 4), voice(60, 5), voice(60, 6)])
  await feed(player, pcm, { settle: false })
  await player.end()
  await settled(200)
  await playOn(audio)
  assert.deepEqual(events, ['playing', 'ended'])
  audio.heard = []
  await player.play() // the element itself goes back to the start
  await settled(200)
  await playOn(audio)
  assert.equal(audio.heard.length, pcm.length)
  assert.ok(audio.heard.every((value, i) => value === pcm[i]))
  assert.equal(rig.source.ends, 2)
  assert.equal(rig.player.underruns, 0)
})

test('a seek within what is buffered appends nothing', async () => {
  const rig = mseRig()
  begin(rig.player)
  await feed(rig.player, voice(20), { settle: false })
  await settled(200)
  const before = rig.steps.length
  rig.player.seek(12)
  await settled()
  assert.equal(rig.steps.length, before)
  assert.equal(rig.audio.currentTime, 12)
})

test('seeks that come quickly after each other end at the last one', async () => {
  const rig = mseRig()
  const { player, audio } = rig
  begin(player)
  const pcm = concat([voice(100, 6), voice(100, 7)])
  await feed(player, pcm, { settle: false })
  await player.end()
  await settled(100)
  for (const to of [150, 3, 80, 190, 60.25]) {
    player.seek(to)
    await settled(to % 3)
  }
  await until(() => !audio.seeking && audio.currentTime === 60.25)
  audio.heard = []
  await settled(50)
  await playOn(audio, 2)
  assert.deepEqual(Int16Array.from(audio.heard), pcm.subarray(60.25 * RATE_HZ, 62.25 * RATE_HZ))
  assert.equal(rig.buffer.buffered.length, 1)
})

test('running dry is told and counted once, and passes by itself', async () => {
  const { player, audio, events } = mseRig()
  begin(player)
  const pcm = voice(3)
  await feed(player, pcm.subarray(0, RATE_HZ))
  await playOn(audio)
  assert.deepEqual(events, ['playing', 'waiting'])
  await feed(player, pcm.subarray(RATE_HZ))
  await player.end()
  await settled()
  await playOn(audio)
  assert.deepEqual(events, ['playing', 'waiting', 'playing', 'ended'])
  assert.equal(player.underruns, 1)
  assert.deepEqual(Int16Array.from(audio.heard), pcm)
})

test('stop is silence at once: nothing is appended any more, and no credit stays behind', async () => {
  const { player, audio, events } = mseRig()
  begin(player)
  const pushes = await feed(player, voice(60), { settle: false })
  await settled(100)
  await playOn(audio, 1)
  const buffer = FakeMediaSource.made.at(-1).buffers[0]
  player.stop()
  assert.equal(audio.advance(1), 0)
  assert.equal(audio.hasAttribute('src'), false)
  await Promise.all(pushes)
  const asked = buffer.log.length
  await player.push(voice(1))
  await player.end()
  await settled()
  assert.equal(buffer.log.length, asked)
  assert.deepEqual(events, ['playing'])
  assert.equal(player.durationS, 60)
})

test('what was stopped can be played again from its start', async () => {
  const { player, audio } = mseRig()
  begin(player)
  const pcm = voice(2)
  await feed(player, pcm)
  await playOn(audio, 1)
  player.stop()
  audio.heard = []
  void player.play()
  await settled()
  await playOn(audio)
  assert.deepEqual(Int16Array.from(audio.heard), pcm)
})

test('a new utterance in the middle of another takes nothing over from it', async () => {
  const { player, audio, events } = mseRig()
  begin(player)
  const first = await feed(player, voice(50, 1), { settle: false })
  await settled(3) // in the middle of an append
  player.unlock()
  begin(player)
  const pcm = voice(2, 9)
  await Promise.all(first)
  await feed(player, pcm)
  await player.end()
  await settled()
  audio.heard = []
  await playOn(audio)
  assert.deepEqual(Int16Array.from(audio.heard), pcm)
  assert.equal(events.at(-1), 'ended')
  assert.equal(player.durationS, 2)
})

test('the source opened by unlock is the one that begin uses', async () => {
  const { player, audio } = mseRig()
  player.unlock()
  await settled()
  begin(player)
  await feed(player, voice(1))
  assert.equal(FakeMediaSource.made.length, 1)
  assert.equal(audio.paused, false)
})

test('pause holds the place, and play goes on from it', async () => {
  const { player, audio, events } = mseRig()
  begin(player)
  const pcm = voice(2)
  await feed(player, pcm)
  await playOn(audio, 0.5)
  player.pause()
  await settled()
  assert.equal(audio.advance(1), 0)
  assert.equal(player.positionS, 0.5)
  await player.play()
  await player.end()
  await settled()
  await playOn(audio)
  assert.deepEqual(events, ['playing', 'paused', 'playing', 'ended'])
  assert.deepEqual(Int16Array.from(audio.heard), pcm)
})

test('a kept recording is loaded without a sound, knows its length, and plays from where it is sought', async () => {
  const rig = mseRig()
  const { player, audio, events } = rig
  const recording = new Recording({ sampleRateHz: RATE_HZ, channels: 1 })
  const pcm = concat([voice(60, 4), voice(60, 5)])
  recording.append(pcm)
  recording.finish()
  player.load(recording)
  await settled(200)
  assert.deepEqual(events, [])
  assert.equal(rig.source.duration, 120)
  assert.equal(player.complete, true)
  player.seek(110)
  await settled(200)
  void player.play()
  await settled()
  await playOn(audio)
  assert.deepEqual(Int16Array.from(audio.heard), pcm.subarray(110 * RATE_HZ))
  assert.equal(player.recording, recording)
})

test('a browser that wants a tap first says so, and plays on when it comes', async () => {
  const { player, audio, events } = mseRig()
  audio.blocked = true
  begin(player)
  await feed(player, voice(1))
  assert.deepEqual(events, ['blocked'])
  await assert.rejects(player.play(), { name: 'NotAllowedError' })
  audio.blocked = false
  await player.play()
  await settled()
  assert.deepEqual(events, ['blocked', 'blocked', 'playing'])
})

test('a spelling of the type that fails is replaced by the other, and nothing is lost', async () => {
  const rig = mseRig({ rejectedTypes: ['audio/mp4; codecs="fLaC"'] })
  const { player, audio } = rig
  begin(player)
  const pcm = voice(2)
  await feed(player, pcm)
  await player.end()
  await settled()
  await playOn(audio)
  assert.deepEqual(FakeMediaSource.made.map(({ type }) => type), ['audio/mp4; codecs="fLaC"', 'audio/mp4; codecs="flac"'])
  assert.deepEqual(Int16Array.from(audio.heard), pcm)
  // It is remembered: the next utterance does not try the first one again.
  begin(player)
  await feed(player, pcm)
  assert.equal(rig.source.type, 'audio/mp4; codecs="flac"')
  assert.equal(FakeMediaSource.made.length, 3)
})

test('when both spellings fail and there is no other output, the error says what broke', async () => {
  const { player, audio } = mseRig({ rejectedTypes: ['audio/mp4; codecs="fLaC"', 'audio/mp4; codecs="flac"'] })
  const problems = []
  player.addEventListener('error', ({ detail }) => problems.push(detail))
  begin(player)
  const pushes = await feed(player, voice(2))
  await until(() => problems.length > 0)
  await Promise.all(pushes)
  assert.equal(problems[0].code, 'playback_failed')
  assert.equal(problems[0].retryable, false)
  assert.equal(audio.hasAttribute('src'), false)
})

test('an error in the middle of sound that was heard starts the same type again at that place', async () => {
  const rig = mseRig()
  const { player, audio } = rig
  begin(player)
  const pcm = voice(10)
  await feed(player, pcm, { settle: false })
  await player.end()
  await settled(100)
  await playOn(audio, 4)
  audio.error = { message: 'the device is gone' }
  audio.dispatchEvent(new Event('error'))
  audio.error = null
  await settled(200)
  audio.heard.length = 4 * RATE_HZ
  await playOn(audio)
  assert.deepEqual(FakeMediaSource.made.map(({ type }) => type), Array(2).fill('audio/mp4; codecs="fLaC"'))
  assert.deepEqual(Int16Array.from(audio.heard), pcm)
})

test('a ManagedMediaSource that asks for no data gets five seconds, and the rest when it asks', async () => {
  const rig = mseRig({ Source: FakeManagedMediaSource })
  begin(rig.player)
  await settled()
  rig.source.ask(false)
  await feed(rig.player, voice(20), { settle: false })
  await settled(200)
  assert.ok(rig.player.bufferedAheadS > 4.9 && rig.player.bufferedAheadS < 6)
  rig.source.ask(true)
  await settled(200)
  assert.ok(rig.player.bufferedAheadS > 19)
  assert.equal(rig.audio.disableRemotePlayback, true)
})

test('sound that the browser evicts before it was heard is appended again', async () => {
  const rig = mseRig({ Source: FakeManagedMediaSource })
  const { player, audio } = rig
  begin(player)
  const pcm = voice(20)
  await feed(player, pcm, { settle: false })
  await player.end()
  await settled(200)
  await playOn(audio, 2)
  rig.buffer.evict(6, 15)
  await playOn(audio, 2)
  rig.buffer.evict(0, 20)
  await playOn(audio)
  await settled(100)
  await playOn(audio)
  assert.deepEqual(Int16Array.from(audio.heard), pcm)
})

test('volume is kept within 0 and 1', () => {
  const { player, audio } = mseRig()
  player.volume = 0.3
  assert.equal(audio.volume, 0.3)
  player.volume = 7
  assert.equal(audio.volume, 1)
})

test('a rate holds for the source that plays and for those to come', () => {
  const { player, audio } = mseRig()
  player.rate = 0.5
  player.begin({ sampleRateHz: 48000, channels: 2 })
  assert.deepEqual([player.rate, audio.playbackRate, audio.defaultPlaybackRate], [0.5, 0.5, 0.5])
})
