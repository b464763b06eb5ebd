// What stands in tests/golden/flac_frames.json: small PCM inputs and the exact bytes that come of them.
// `node tests/web/support/golden.js` writes the file anew; do that only when the bytes are meant to change.

import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { flacFileHeader } from '../../../web/player/flac-file.js'
import { BLOCK_SAMPLES, FlacEncoder } from '../../../web/player/flac.js'
import { fragment, initSegment } from '../../../web/player/fmp4.js'
import { signal } from './signals.js'

const FILE = new URL('../../golden/flac_frames.json', import.meta.url)

/** @type {[string, keyof typeof import('./signals.js').SIGNALS, number, number, number, boolean][]} */
const INPUTS = [
  ['a voice at 24 kHz, one block and a bit', 'a steady voice', 1100, 24000, 1, true],
  ['the same, verbatim', 'a steady voice', 1100, 24000, 1, false],
  ['silence at 16 kHz', 'silence', 2048, 16000, 1, true],
  ['noise at 22.05 kHz, shorter than a block', 'loud noise', 333, 22050, 1, true],
  ['the extremes at 8 kHz, three samples', 'the extremes by turns', 3, 8000, 1, true],
  ['nearly equal channels at 48 kHz', 'nearly equal channels', 1024, 48000, 2, true],
  ['channels in opposition at 44.1 kHz', 'channels in opposition', 1030, 44100, 2, true],
]

/** @param {Uint8Array} bytes */
const base64 = (bytes) => Buffer.from(bytes).toString('base64')

/**
 * All bytes that we make of one input.
 * @param {Int16Array} pcm
 * @param {{sampleRateHz: number, channels: number, compress: boolean}} format
 */
export function makeBytes(pcm, format) {
  const encoder = new FlacEncoder(format)
  /** @type {{frame: Uint8Array, samples: number}[]} */
  const frames = []
  /** @type {import('../../../web/player/flac.js').FrameSink} */
  const keep = (frame, samples) => void frames.push({ frame: frame.slice(), samples })
  encoder.encode(pcm, keep)
  encoder.finish(keep)
  const totalSamples = pcm.length / format.channels
  return {
    flac_header: base64(flacFileHeader({ ...format, totalSamples })),
    frames: frames.map(({ frame }) => base64(frame)),
    init_segment: base64(initSegment(format)),
    fragment: base64(
      fragment({
        sequence: 1,
        startSample: 0,
        data: Buffer.concat(frames.map(({ frame }) => frame)),
        sizes: frames.map(({ frame }) => frame.length),
        lastFrameSamples: frames.at(-1)?.samples ?? BLOCK_SAMPLES,
      }),
    ),
  }
}

export const readGolden = () => JSON.parse(readFileSync(FILE, 'utf8'))

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const cases = INPUTS.map(([name, kind, samples, sampleRateHz, channels, compress]) => {
    const pcm = signal(kind, samples, channels)
    const bytes = makeBytes(pcm, { sampleRateHz, channels, compress })
    return { name, sample_rate_hz: sampleRateHz, channels, compress, pcm_s16le: base64(new Uint8Array(pcm.buffer)), ...bytes }
  })
  const about = 'Small inputs and the exact bytes web/player makes of them; written by tests/web/support/golden.js.'
  writeFileSync(FILE, `${JSON.stringify({ about, cases }, null, 1)}\n`)
}
