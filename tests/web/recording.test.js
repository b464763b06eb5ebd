// A recording gives back every sample that was put in, in any stretch and in both file formats.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Recording } from '../../web/player/recording.js'
import { decodeWithFfmpeg, withoutFfmpeg } from './support/ffmpeg.js'
import { cutAnywhere, medley, random, signal } from './support/signals.js'

// More than two chunks of 128 blocks, and an odd end.
const LONG = 300 * 1024 + 77

function recordingOf(pcm, format, next = random(3)) {
  const recording = new Recording(format)
  for (const piece of cutAnywhere(pcm, next)) recording.append(piece)
  return recording
}

test('any stretch of it decodes to the samples that were put in', async () => {
  const next = random(11)
  for (const channels of [1, 2]) {
    const pcm = signal('a steady voice', LONG, channels)
    const recording = recordingOf(pcm, { sampleRateHz: 24000, channels })
    for (const finish of [false, true]) {
      if (finish) recording.finish()
      assert.equal(recording.totalSamples, LONG)
      assert.deepEqual(await recording.pcm(), pcm)
      for (let round = 0; round < 40; round++) {
        const [from, to] = [next() * (LONG + 1), next() * (LONG + 1)].map(Math.floor).sort((a, b) => a - b)
        assert.deepEqual(await recording.pcm(from, to), pcm.subarray(from * channels, to * channels))
      }
    }
  }
})

test('frames are read in order, with their sizes, starts and the length of the last', async () => {
  const recording = recordingOf(signal('a steady voice', LONG, 1), { sampleRateHz: 24000, channels: 1 })
  recording.finish()
  assert.equal(recording.frameCount, 301)
  let bytes = 0
  for (let at = 0; at < 301; ) {
    const frames = await recording.frames(at, 301)
    assert.equal(frames.startSample, at * 1024)
    assert.equal(frames.data.length, frames.sizes.reduce((sum, size) => sum + size, 0))
    bytes += frames.data.length
    at += frames.sizes.length
    assert.equal(frames.lastFrameSamples, at === 301 ? 77 : 1024)
  }
  assert.equal(recording.flacBlob().size, 42 + bytes)
})

test('the WAV file has its true length and every sample', async () => {
  const pcm = signal('loud noise', LONG, 2)
  const recording = recordingOf(pcm, { sampleRateHz: 44100, channels: 2 })
  recording.finish()
  const blob = await recording.wavBlob()
  const bytes = await blob.arrayBuffer()
  const view = new DataView(bytes)
  assert.equal(blob.type, 'audio/wav')
  assert.equal(view.getUint32(4, true), bytes.byteLength - 8)
  assert.equal(view.getUint32(40, true), pcm.byteLength)
  assert.deepEqual(new Int16Array(bytes, 44), pcm)
})

test('ffmpeg reads both downloads to the same samples', { skip: withoutFfmpeg }, async () => {
  const pcm = medley(20_000, 2)
  const recording = recordingOf(pcm, { sampleRateHz: 48000, channels: 2 })
  recording.finish()
  for (const blob of [recording.flacBlob(), await recording.wavBlob()]) {
    assert.deepEqual(decodeWithFfmpeg(new Uint8Array(await blob.arrayBuffer())), pcm)
  }
})

test('a recording that is still growing can be saved: the FLAC file to the last whole block, the WAV file to the last sample', async () => {
  const pcm = signal('a steady voice', 5000, 1)
  const recording = recordingOf(pcm, { sampleRateHz: 24000, channels: 1 })
  const header = new Uint8Array(await recording.flacBlob().slice(0, 42).arrayBuffer())
  assert.equal(new DataView(header.buffer).getUint32(22), 4 * 1024)
  assert.equal((await recording.wavBlob()).size, 44 + 10_000)
})

test('peaks grow block by block and hold the lowest and the highest value', () => {
  const pcm = signal('a steady voice', 3000, 2)
  const recording = new Recording({ sampleRateHz: 24000, channels: 2 })
  recording.append(pcm.subarray(0, 1001))
  assert.equal(recording.peaks.length, 0)
  recording.append(pcm.subarray(1001))
  assert.equal(recording.peaks.length, 2 * 2)
  recording.finish()
  const block = (n) => [...pcm.subarray(n * 2048, (n + 1) * 2048)]
  const expected = [0, 1, 2].flatMap((n) => [Math.min(...block(n)) / 32768, Math.max(...block(n)) / 32768])
  assert.deepEqual([...recording.peaks], expected.map(Math.fround))
})

test('peaks of many blocks keep what came before', () => {
  const recording = new Recording({ sampleRateHz: 24000, channels: 1 })
  for (let block = 0; block < 400; block++) recording.append(new Int16Array(1024).fill(block))
  assert.equal(recording.peaks.length, 800)
  assert.equal(recording.peaks[2 * 37], Math.fround(37 / 32768))
  assert.equal(recording.peaks[2 * 399 + 1], Math.fround(399 / 32768))
})

test('a moment leads to the frame that holds it', () => {
  const recording = recordingOf(signal('a steady voice', 5000, 1), { sampleRateHz: 24000, channels: 1 })
  recording.finish()
  assert.deepEqual([-1, 0, 1023 / 24000, 1024 / 24000, 0.2, 99].map((at) => recording.frameAt(at)), [0, 0, 0, 1, 4, 4])
})

test('nothing can be added to a finished recording, and finishing twice is harmless', () => {
  const recording = new Recording({ sampleRateHz: 24000, channels: 1 })
  recording.append(new Int16Array(10))
  recording.finish()
  recording.finish()
  assert.equal(recording.totalSamples, 10)
  assert.equal(recording.frameCount, 1)
  assert.throws(() => recording.append(new Int16Array(1)))
})

test('all but the last few seconds is given to the browser to keep, as Blobs', async () => {
  const RealBlob = globalThis.Blob
  let given = 0
  globalThis.Blob = class extends RealBlob {
    constructor(parts, options) {
      super(parts, options)
      given += this.size
    }
  }
  try {
    const recording = new Recording({ sampleRateHz: 24000, channels: 1, compress: false })
    const minute = signal('soft noise on one channel', 24000 * 60, 1)
    for (let minutes = 1; minutes <= 10; minutes++) {
      recording.append(minute)
      assert.ok(given > minute.byteLength * minutes - 6 * 48000)
    }
    assert.deepEqual(await recording.pcm(24000 * 540, 24000 * 540 + 500), minute.subarray(0, 500))
  } finally {
    globalThis.Blob = RealBlob
  }
})
