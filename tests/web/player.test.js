// Which way of playing a browser gets, and how the player goes over from one to the other.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { createPlayer } from '../../web/player/player.js'
import { fakeScope } from './support/fake-audio-context.js'
import { FakeAudio, FakeManagedMediaSource, FakeMediaSource, settled, until } from './support/fake-media.js'
import { feed, playOn } from './support/mse-rig.js'
import { signal } from './support/signals.js'

const make = (scope, mode, audio = new FakeAudio()) => createPlayer({ audio, mode, scope })

test('MediaSource is taken where it is, ManagedMediaSource where only that is, the worklet where neither takes FLAC', async () => {
  FakeMediaSource.reset()
  const scope = fakeScope()
  assert.equal((await make({ ...scope, MediaSource: FakeMediaSource })).kind, 'mse')
  assert.equal((await make({ ...scope, ManagedMediaSource: FakeManagedMediaSource })).kind, 'mse')
  assert.equal((await make(scope)).kind, 'worklet')
  FakeMediaSource.reset({ supportedTypes: [] })
  assert.equal((await make({ ...scope, MediaSource: FakeMediaSource })).kind, 'worklet')
})

test('the worklet can be asked for', async () => {
  FakeMediaSource.reset()
  assert.equal((await make({ ...fakeScope(), MediaSource: FakeMediaSource }, 'worklet')).kind, 'worklet')
})

test('a browser with neither gets a clear refusal', async () => {
  await assert.rejects(make({ performance }), /can play no sound/)
  await assert.rejects(make(fakeScope(), 'mse'), /can play no sound/)
})

test('only a spelling that the browser says it takes is used', async () => {
  FakeMediaSource.reset({ supportedTypes: ['audio/mp4; codecs="flac"'] })
  const player = await make({ ...fakeScope(), MediaSource: FakeMediaSource })
  player.begin({ sampleRateHz: 24000, channels: 1 })
  await settled()
  assert.equal(FakeMediaSource.made[0].type, 'audio/mp4; codecs="flac"')
})

test('when MediaSource fails at last, the worklet goes on with the same utterance', async () => {
  FakeMediaSource.reset({ rejectedTypes: ['audio/mp4; codecs="fLaC"', 'audio/mp4; codecs="flac"'] })
  const scope = { ...fakeScope(), MediaSource: FakeMediaSource }
  const player = await make(scope)
  const events = []
  for (const type of ['playing', 'ended', 'error']) player.addEventListener(type, () => events.push(type))
  player.volume = 0.5
  player.begin({ sampleRateHz: 24000, channels: 1 })
  const pcm = signal('a steady voice', 24000, 1)
  await feed(player, pcm)
  await player.end()
  await until(() => player.kind === 'worklet')
  await settled()
  const [context] = scope.made
  await context.advance(1.5)
  const first = context.heard[0].findIndex((value) => value !== 0)
  const heard = context.heard[0].slice(first, first + 20_000).map((value) => Math.round(value * 32768))
  const start = pcm.findIndex((value) => value !== 0)
  assert.deepEqual(Int16Array.from(heard), pcm.subarray(start, start + 20_000))
  assert.deepEqual(events, ['playing', 'ended'])
  assert.equal(context.gain.gain.value, 0.5)
})

test('the latency told with the first sound counts from begin', async () => {
  FakeMediaSource.reset()
  let nowMs = 1000
  const audio = new FakeAudio()
  const player = await make({ ...fakeScope(), performance: { now: () => nowMs }, MediaSource: FakeMediaSource }, 'auto', audio)
  const latencies = []
  player.addEventListener('playing', ({ detail }) => latencies.push(detail.latency_ms))
  player.begin({ sampleRateHz: 24000, channels: 1 })
  nowMs = 1070
  await feed(player, signal('a steady voice', 48000, 1))
  await playOn(audio, 1)
  player.pause()
  await settled()
  await player.play()
  await settled()
  assert.deepEqual(latencies, [70, 0])
})

test('before anything was pushed it has nothing, plays nothing and stops without complaint', async () => {
  FakeMediaSource.reset()
  const player = await make({ ...fakeScope(), MediaSource: FakeMediaSource })
  player.stop()
  player.pause()
  player.seek(3)
  await player.play()
  await player.end()
  assert.equal(player.positionS, 0)
  assert.equal(player.durationS, 0)
  assert.equal(player.bufferedAheadS, 0)
  assert.equal(player.recording.totalSamples, 0)
})
