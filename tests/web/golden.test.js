// The bytes that go to browsers change only when we mean them to. tests/audio/test_golden_frames.py reads the same file.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { FlacDecoder } from '../../web/player/flac-decoder.js'
import { makeBytes, readGolden } from './support/golden.js'
import { concat } from './support/signals.js'

for (const golden of readGolden().cases) {
  const { sample_rate_hz: sampleRateHz, channels, compress } = golden
  const pcm = new Int16Array(Uint8Array.from(Buffer.from(golden.pcm_s16le, 'base64')).buffer)

  test(`the bytes are the golden ones: ${golden.name}`, () => {
    const { flac_header, frames, init_segment, fragment } = golden
    assert.deepEqual(makeBytes(pcm, { sampleRateHz, channels, compress }), { flac_header, frames, init_segment, fragment })
  })

  test(`the golden bytes are decoded: ${golden.name}`, () => {
    const parts = golden.frames.map((frame) => {
      const block = new Int16Array(1024 * channels)
      return block.subarray(0, channels * new FlacDecoder().decode(Buffer.from(frame, 'base64'), block, 0))
    })
    assert.deepEqual(concat(parts), pcm)
  })
}
