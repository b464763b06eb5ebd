// FLAC and MP4: what flac.js and fmp4.js write is decoded by our decoder, and by ffmpeg, to the very samples that went in.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { FlacDecoder } from '../../web/player/flac-decoder.js'
import { flacFileHeader } from '../../web/player/flac-file.js'
import { BLOCK_SAMPLES, FlacEncoder, maxFrameBytes } from '../../web/player/flac.js'
import { fragment, initSegment } from '../../web/player/fmp4.js'
import { decodeWithFfmpeg, withoutFfmpeg } from './support/ffmpeg.js'
import { SIGNALS, concat, cutAnywhere, medley, random, signal } from './support/signals.js'

function encode(pieces, format) {
  const encoder = new FlacEncoder(format)
  const frames = []
  const keep = (frame, samples) => frames.push({ frame: frame.slice(), samples })
  for (const piece of pieces) encoder.encode(piece, keep)
  encoder.finish(keep)
  return frames
}

function decode(frames, channels) {
  const decoder = new FlacDecoder()
  return concat(
    frames.map(({ frame, samples }) => {
      const pcm = new Int16Array(samples * channels)
      assert.equal(decoder.decode(frame, pcm, 0), samples)
      return pcm
    }),
  )
}

/** Several fragments of several frames each, as a player would append them. */
function mp4Of(frames, format) {
  const parts = [initSegment(format)]
  for (let first = 0, sequence = 1; first < frames.length; first += 7, sequence++) {
    const some = frames.slice(first, first + 7)
    parts.push(
      fragment({
        sequence,
        startSample: first * BLOCK_SAMPLES,
        data: Buffer.concat(some.map(({ frame }) => frame)),
        sizes: some.map(({ frame }) => frame.length),
        lastFrameSamples: some.at(-1).samples,
      }),
    )
  }
  return Buffer.concat(parts)
}

const FORMATS = [8000, 11025, 16000, 22050, 24000, 44100, 48000, 96000].flatMap((sampleRateHz) =>
  [1, 2].flatMap((channels) => [true, false].map((compress) => ({ sampleRateHz, channels, compress }))),
)
const named = ({ sampleRateHz, channels, compress }) =>
  `${sampleRateHz} Hz ${channels === 1 ? 'mono' : 'stereo'} ${compress ? 'Rice' : 'verbatim'}`

for (const format of FORMATS) {
  test(`ffmpeg hears every sample of an MP4 and of a .flac file: ${named(format)}`, { skip: withoutFfmpeg }, () => {
    const pcm = medley(1500, format.channels).subarray(0, (8 * 1500 - 77) * format.channels)
    const frames = encode([pcm], format)
    assert.deepEqual(decodeWithFfmpeg(mp4Of(frames, format)), pcm)
    const totalSamples = pcm.length / format.channels
    const file = Buffer.concat([flacFileHeader({ ...format, totalSamples }), ...frames.map(({ frame }) => frame)])
    assert.deepEqual(decodeWithFfmpeg(file), pcm)
  })
}

for (const samples of [1, 2, 3, 4, 5, 15, 16, 17, 33, 1023, 1024, 1025, 2048 + 31]) {
  test(`a stream of ${samples} samples comes back whole`, { skip: withoutFfmpeg }, () => {
    for (const channels of [1, 2]) {
      const format = { sampleRateHz: 24000, channels }
      const pcm = signal('a steady voice', samples, channels)
      const frames = encode([pcm], format)
      assert.deepEqual(decode(frames, channels), pcm)
      assert.deepEqual(decodeWithFfmpeg(mp4Of(frames, format)), pcm)
    }
  })
}

for (const name of Object.keys(SIGNALS)) {
  test(`our decoder gives back ${name}, bit for bit`, () => {
    for (const channels of [1, 2]) {
      for (const compress of [true, false]) {
        const pcm = signal(name, 5000, channels)
        assert.deepEqual(decode(encode([pcm], { sampleRateHz: 24000, channels, compress }), channels), pcm)
      }
    }
  })
}

test('however the PCM is cut, the frames are the same', () => {
  const next = random(7)
  for (let round = 0; round < 60; round++) {
    const channels = 1 + (round % 2)
    const format = { sampleRateHz: 24000, channels }
    const pcm = signal(round % 3 ? 'a steady voice' : 'loud noise', Math.floor(next() * 6000), channels, round)
    const whole = encode([pcm], format)
    assert.deepEqual(encode(cutAnywhere(pcm, next), format), whole)
    assert.deepEqual(decode(whole, channels), pcm)
  }
})

test('no frame is ever larger than maxFrameBytes', () => {
  for (const name of Object.keys(SIGNALS)) {
    for (const channels of [1, 2]) {
      for (const { frame } of encode([signal(name, 4096, channels)], { sampleRateHz: 96000, channels })) {
        assert.ok(frame.length <= maxFrameBytes(channels))
      }
    }
  }
})

test('a voice takes less than three quarters of its PCM, silence next to nothing', () => {
  const bytes = (name) =>
    encode([signal(name, 24000, 1)], { sampleRateHz: 24000, channels: 1 }).reduce((sum, { frame }) => sum + frame.length, 0)
  assert.ok(bytes('a steady voice') < 0.75 * 48000)
  assert.ok(bytes('silence') < 24 * 16)
})

test('frame numbers of an hour, and beyond it, are written as ffmpeg reads them', { skip: withoutFfmpeg }, () => {
  // Silence is cheap: 0x10000 frames make the number grow to four bytes.
  const frames = encode([new Int16Array(0x10002 * BLOCK_SAMPLES)], { sampleRateHz: 48000, channels: 1 })
  assert.equal(frames.at(-1).frame[4] & 0xf8, 0xf0)
  const tail = frames.slice(-4)
  assert.equal(decode(tail, 1).length, 4 * BLOCK_SAMPLES)
  const file = Buffer.concat([flacFileHeader({ sampleRateHz: 48000, channels: 1 }), ...tail.map(({ frame }) => frame)])
  assert.equal(decodeWithFfmpeg(file).length, 4 * BLOCK_SAMPLES)
})

test('a damaged frame is refused', () => {
  const [{ frame }] = encode([signal('a steady voice', 1024, 1)], { sampleRateHz: 24000, channels: 1 })
  for (const at of [0, 5, 300, frame.length - 1]) {
    const damaged = frame.slice()
    damaged[at] ^= 4
    assert.throws(() => new FlacDecoder().decode(damaged, new Int16Array(1024), 0), RangeError)
  }
})

test('formats that cannot be written are refused', () => {
  assert.throws(() => new FlacEncoder({ sampleRateHz: 24000, channels: 3 }), RangeError)
  assert.throws(() => new FlacEncoder({ sampleRateHz: 0, channels: 1 }), RangeError)
  const encoder = new FlacEncoder({ sampleRateHz: 24000, channels: 2 })
  encoder.encode(new Int16Array(3), () => {})
  assert.throws(() => encoder.finish(() => {}), RangeError)
})

test('what waits for its block can be read', () => {
  const pcm = signal('a steady voice', 1500, 2)
  const encoder = new FlacEncoder({ sampleRateHz: 24000, channels: 2 })
  encoder.encode(pcm, () => {})
  assert.equal(encoder.pendingSamples, 476)
  assert.deepEqual(encoder.pending(6), pcm.subarray(2 * 1030))
})
