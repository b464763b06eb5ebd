// Turns our own FLAC frames back into s16 PCM, for the WAV download, the waveform and the worklet: the subset that flac.js writes.

import { BitReader } from './bits.js'
import { crc16 } from './crc.js'
import { BLOCK_SAMPLES } from './flac.js'
import { CONSTANT, FIXED, VERBATIM } from './flac-subframe.js'

const LEFT_SIDE = 8
const SIDE_RIGHT = 9
const MID_SIDE = 10

/** Weights of the samples before, nearest first, for each fixed predictor (RFC 9639, section 9.2.5). */
const PREDICTORS = [[], [1], [2, -1], [3, -3, 1], [4, -6, 4, -1]]

export class FlacDecoder {
  #planes = [new Int32Array(BLOCK_SAMPLES), new Int32Array(BLOCK_SAMPLES)]

  /**
   * @param {Uint8Array} frame exactly one frame
   * @param {Int16Array} pcm receives the samples, interleaved
   * @param {number} at index in `pcm` of the frame's first value
   * @returns {number} samples per channel; their values in `pcm` are this times the channels
   * @throws {RangeError} when the frame is damaged, or not one that flac.js writes
   */
  decode(frame, pcm, at) {
    const end = frame.length - 2
    if (end < 6 || crc16(frame, 0, end) !== ((frame[end] << 8) | frame[end + 1])) {
      throw new RangeError('The FLAC frame is damaged.')
    }
    if (frame[0] !== 0xff || frame[1] !== 0xf8) throw new RangeError('The FLAC frame does not begin as ours do.')
    const { samples, position } = readHeader(frame)
    const assignment = frame[3] >> 4
    const reader = new BitReader(frame, position)
    const [first, second] = this.#planes
    readSubframe(reader, first, samples, assignment === SIDE_RIGHT ? 17 : 16)
    if (assignment === 0) {
      for (let i = 0; i < samples; i++) pcm[at + i] = first[i]
      return samples
    }
    readSubframe(reader, second, samples, assignment === LEFT_SIDE || assignment === MID_SIDE ? 17 : 16)
    if (assignment === LEFT_SIDE) for (let i = 0; i < samples; i++) second[i] = first[i] - second[i]
    else if (assignment === SIDE_RIGHT) for (let i = 0; i < samples; i++) first[i] += second[i]
    else if (assignment === MID_SIDE) fromMidSide(first, second, samples)
    for (let i = 0, j = at; i < samples; i++) {
      pcm[j++] = first[i]
      pcm[j++] = second[i]
    }
    return samples
  }
}

/**
 * The block size, and where the header ends.
 * @param {Uint8Array} frame
 */
function readHeader(frame) {
  const following = frame[4] < 0x80 ? 0 : Math.clz32(~(frame[4] << 24)) - 1
  let position = 5 + following
  let samples = 1024
  if (frame[2] >> 4 === 7) {
    samples = ((frame[position] << 8) | frame[position + 1]) + 1
    position += 2
  }
  if ((frame[2] & 15) === 13) position += 2
  if (samples > BLOCK_SAMPLES) throw new RangeError('The FLAC frame is longer than ours are.')
  return { samples, position: position + 1 }
}

/**
 * Mid lost its lowest bit, which is the lowest bit of side: a sum and a difference are both even or both odd.
 * @param {Int32Array} first mid in, left out
 * @param {Int32Array} second side in, right out
 * @param {number} samples
 */
function fromMidSide(first, second, samples) {
  for (let i = 0; i < samples; i++) {
    const side = second[i]
    const sum = (first[i] << 1) | (side & 1)
    first[i] = (sum + side) >> 1
    second[i] = (sum - side) >> 1
  }
}

/**
 * @param {BitReader} reader
 * @param {Int32Array} samples
 * @param {number} count
 * @param {number} width
 */
function readSubframe(reader, samples, count, width) {
  const kind = reader.take(8) >> 1
  if (kind === CONSTANT) {
    samples.fill(reader.takeSigned(width), 0, count)
    return
  }
  const order = kind === VERBATIM ? count : kind - FIXED
  if (order < 0 || (kind !== VERBATIM && order >= PREDICTORS.length)) {
    throw new RangeError('The FLAC frame has a subframe of a kind that ours have not.')
  }
  for (let i = 0; i < order; i++) samples[i] = reader.takeSigned(width)
  if (kind === VERBATIM) return
  const partitionOrder = reader.take(6)
  const size = count >> partitionOrder
  const predictor = PREDICTORS[order]
  for (let part = 0, i = order; part < 1 << partitionOrder; part++) {
    const parameter = reader.take(4)
    for (const end = (part + 1) * size; i < end; i++) {
      const folded = (reader.takeUnary() << parameter) | reader.take(parameter)
      let sample = (folded >>> 1) ^ -(folded & 1)
      for (let back = 0; back < order; back++) sample += predictor[back] * samples[i - 1 - back]
      samples[i] = sample
    }
  }
}
