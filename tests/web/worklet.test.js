// Playback through the AudioWorklet: the real processor on a fake AudioContext. What comes out is compared sample by sample.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Player } from '../../web/player/player.js'
import { WorkletOutput, hasAudioWorklet } from '../../web/player/worklet-output.js'
import { fakeScope } from './support/fake-audio-context.js'
import { settled, until } from './support/fake-media.js'
import { feed } from './support/mse-rig.js'
import { concat, signal } from './support/signals.js'

const RATE_HZ = 24000
const voice = (seconds, channels = 1) => signal('a steady voice', Math.round(seconds * RATE_HZ), channels)

function rig(settings) {
  const scope = fakeScope(settings)
  const player = new Player({ output: new WorkletOutput({ scope }), fallback: null, now: () => 0 })
  const events = []
  for (const type of ['playing', 'waiting', 'paused', 'ended', 'blocked', 'error']) {
    player.addEventListener(type, () => events.push(type))
  }
  return {
    scope,
    player,
    events,
    get context() {
      return scope.made.at(-1)
    },
  }
}

/** What was heard on a channel, as s16, without the silence before the first and after the last sound. */
function heard(context, c = 0, from = 0) {
  const values = context.heard[c].slice(from).map((value) => Math.round(value * 32768))
  const first = values.findIndex((value) => value !== 0)
  return Int16Array.from(values.slice(first < 0 ? values.length : first))
}

/** The sound between its first and last value that is not zero. */
function bare(pcm) {
  const first = pcm.findIndex((value) => value !== 0)
  return pcm.subarray(first < 0 ? pcm.length : first)
}

test('every sample is heard, in order, then the end', async () => {
  const it = rig()
  it.player.begin({ sampleRateHz: RATE_HZ, channels: 1 })
  const pcm = voice(3.21)
  await feed(it.player, pcm)
  await it.player.end()
  await settled()
  await it.context.advance(4)
  assert.deepEqual(heard(it.context).subarray(0, bare(pcm).length), bare(pcm))
  assert.deepEqual(heard(it.context, 1).subarray(0, bare(pcm).length), bare(pcm))
  assert.deepEqual(it.events, ['playing', 'ended'])
  assert.equal(it.player.positionS, 3.21)
  assert.equal(it.player.kind, 'worklet')
})

test('stereo keeps its sides', async () => {
  const it = rig()
  it.player.begin({ sampleRateHz: 48000, channels: 2 })
  const pcm = signal('nearly equal channels', 48000, 2)
  await feed(it.player, pcm, { sampleRateHz: 48000, channels: 2 })
  await it.player.end()
  await settled()
  await it.context.advance(1.2)
  for (const c of [0, 1]) {
    const side = bare(pcm.filter((_, i) => i % 2 === c))
    assert.deepEqual(heard(it.context, c).subarray(0, side.length), side)
  }
})

test('it begins with a twentieth of a second, before the first block is full of others', async () => {
  const it = rig()
  it.player.begin({ sampleRateHz: RATE_HZ, channels: 1 })
  await settled()
  void it.player.push(voice(0.04))
  await settled()
  await it.context.advance(0.05)
  assert.deepEqual(it.events, [])
  void it.player.push(voice(0.02))
  await settled()
  await it.context.advance(0.02)
  assert.deepEqual(it.events, ['playing'])
})

test('the audio thread is sent two seconds ahead, the credit reaches to forty', async () => {
  const it = rig()
  it.player.begin({ sampleRateHz: RATE_HZ, channels: 1 })
  const passed = []
  const pushes = await feed(it.player, voice(45), { settle: false })
  pushes.forEach((push, i) => push.then(() => passed.push(i)))
  await settled(200)
  assert.equal(it.player.bufferedAheadS, 2)
  assert.equal(passed.length, 400)
  await it.context.advance(1)
  assert.ok(it.player.bufferedAheadS > 1.7 && it.player.bufferedAheadS <= 2.2)
  assert.ok(passed.length >= 408 && passed.length <= 411)
})

test('running dry fades out, is counted once, and sound fades in again when enough has come', async () => {
  const it = rig()
  it.player.begin({ sampleRateHz: RATE_HZ, channels: 1 })
  const pcm = voice(2)
  await feed(it.player, pcm.subarray(0, RATE_HZ))
  await it.context.advance(1.5)
  assert.deepEqual(it.events, ['playing', 'waiting'])
  await feed(it.player, pcm.subarray(RATE_HZ))
  await it.player.end()
  await it.context.advance(1.5)
  assert.deepEqual(it.events, ['playing', 'waiting', 'playing', 'ended'])
  assert.equal(it.player.underruns, 1)
  // No jump is larger than those the voice itself makes.
  const steps = (values) => Math.max(...values.slice(1).map((value, i) => Math.abs(value - values[i])))
  assert.ok(steps(it.context.heard[0]) <= 1.2 * steps([...pcm].map((value) => value / 32768)))
})

test('a seek goes anywhere in what was made, and drops what was sent', async () => {
  const it = rig()
  it.player.begin({ sampleRateHz: RATE_HZ, channels: 1 })
  const pcm = concat([voice(20), signal('loud noise', 10 * RATE_HZ, 1)])
  await feed(it.player, pcm, { settle: false })
  await it.player.end()
  await settled(100)
  await it.context.advance(1)
  it.player.seek(22)
  assert.equal(it.player.positionS, 22)
  await settled(50)
  const from = it.context.heard[0].length
  await it.context.advance(1)
  const out = it.context.heard[0].slice(from + 1000, from + 20_000).map((value) => Math.round(value * 32768))
  const start = pcm.findIndex((value, i) => i >= 22 * RATE_HZ && value === out[0] && pcm[i + 1] === out[1])
  assert.deepEqual(Int16Array.from(out), pcm.subarray(start, start + out.length))
  assert.ok(start - 22 * RATE_HZ < 1100)
  assert.ok(Math.abs(it.player.positionS - 23) < 0.1)
})

test('pause holds the place; play goes on from it', async () => {
  const it = rig()
  it.player.begin({ sampleRateHz: RATE_HZ, channels: 1 })
  await feed(it.player, voice(3))
  await it.context.advance(1)
  it.player.pause()
  await settled()
  await it.context.advance(0.2)
  const { positionS } = it.player
  await it.context.advance(3)
  assert.equal(it.player.positionS, positionS)
  assert.equal(it.context.state, 'suspended')
  await it.player.play()
  await settled()
  await it.context.advance(0.5)
  assert.ok(it.player.positionS > positionS + 0.4)
  assert.deepEqual(it.events, ['playing', 'paused', 'playing'])
})

test('stop is silence, and a new utterance hears nothing of the old one', async () => {
  const it = rig()
  it.player.begin({ sampleRateHz: RATE_HZ, channels: 1 })
  const pushes = await feed(it.player, signal('loud noise', 45 * RATE_HZ, 1), { settle: false })
  await settled(50)
  await it.context.advance(0.5)
  it.player.stop()
  await Promise.all(pushes)
  await settled()
  await it.context.advance(0.1)
  const from = it.context.heard[0].length
  await it.context.advance(0.2)
  assert.ok(it.context.heard[0].slice(from).every((value) => value === 0))
  it.player.unlock()
  it.player.begin({ sampleRateHz: RATE_HZ, channels: 1 })
  const pcm = voice(1)
  await feed(it.player, pcm)
  await it.player.end()
  await settled()
  const begun = it.context.heard[0].length
  await it.context.advance(1.2)
  assert.deepEqual(heard(it.context, 0, begun).subarray(0, bare(pcm).length), bare(pcm))
  assert.equal(it.events.at(-1), 'ended')
})

test('after the end it can be played again', async () => {
  const it = rig()
  it.player.begin({ sampleRateHz: RATE_HZ, channels: 1 })
  await feed(it.player, voice(0.5))
  await it.player.end()
  await settled()
  await it.context.advance(2)
  assert.equal(it.context.state, 'suspended')
  void it.player.play()
  await settled()
  await it.context.advance(1)
  assert.deepEqual(it.events, ['playing', 'ended', 'playing', 'ended'])
})

test('another sample rate gets another context, and the old one is closed', async () => {
  const it = rig()
  it.player.unlock()
  it.player.begin({ sampleRateHz: RATE_HZ, channels: 1 })
  it.player.begin({ sampleRateHz: 48000, channels: 1 })
  await settled()
  assert.deepEqual(it.scope.made.map(({ sampleRate, state }) => [sampleRate, state]), [
    [24000, 'closed'],
    [48000, 'running'],
  ])
})

test('a browser that wants a tap first says so, and plays on when it comes', async () => {
  const it = rig({ blocked: true })
  it.player.begin({ sampleRateHz: RATE_HZ, channels: 1 })
  await feed(it.player, voice(1))
  await until(() => it.events.includes('blocked'))
  it.context.tapped()
  await settled()
  await it.context.advance(0.3)
  assert.deepEqual(it.events, ['blocked', 'playing'])
})

test('a worklet that cannot be loaded is an error', async () => {
  const it = rig({ broken: true })
  it.player.begin({ sampleRateHz: RATE_HZ, channels: 1 })
  await until(() => it.events.includes('error'))
})

test('volume is the gain, also of a context made later', async () => {
  const it = rig()
  it.player.volume = 0.25
  it.player.begin({ sampleRateHz: RATE_HZ, channels: 1 })
  assert.equal(it.context.gain.gain.value, 0.25)
  it.player.volume = 0.5
  assert.equal(it.context.gain.gain.value, 0.5)
})

test('a page that is neither on https nor on localhost has no worklet', () => {
  assert.equal(hasAudioWorklet(fakeScope()), true)
  assert.equal(hasAudioWorklet({ AudioContext: class {}, AudioWorkletNode: class {} }), false)
  assert.equal(hasAudioWorklet({ AudioContext: class {} }), false)
})
