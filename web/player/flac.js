// Turns s16 PCM of any chunking into FLAC frames of 1024 samples (RFC 9639): lossless, and small enough for a hot path.
//
// MediaSource takes no PCM, but every browser that has it takes FLAC in MP4 (see fmp4.js). What is written is a small part
// of the format: fixed block size, 16 bits, one or two channels, subframes constant, verbatim, or fixed predictor and Rice.

import { BitWriter } from './bits.js'
import { crc16, crc8 } from './crc.js'
import { SubframePlan, planSubframe, writeSubframe } from './flac-subframe.js'

/** Samples per channel in every frame but the last: 43 ms at 24 kHz. */
export const BLOCK_SAMPLES = 1024

/**
 * Room for any frame: verbatim subframes, of 17 bits in the side channel, and 32 bytes for header, padding and checksum.
 * @param {number} channels
 */
export function maxFrameBytes(channels) {
  return Math.ceil((BLOCK_SAMPLES * (16 * channels + (channels - 1))) / 8) + 32
}

/** Sample rates with a code of their own in the frame header (RFC 9639, section 9.1.2). */
const RATE_CODES = new Map([
  [88200, 1], [176400, 2], [192000, 3], [8000, 4], [16000, 5], [22050, 6],
  [24000, 7], [32000, 8], [44100, 9], [48000, 10], [96000, 11],
])
const RATE_IN_HZ = 13

/** Codes of the block size field (section 9.1.1): 1024, or the size less one in 16 bits after the frame number. */
const BLOCK_IS_1024 = 10
const BLOCK_IN_16_BITS = 7

/** Channel assignments (section 9.1.3). Side is left minus right and has a 17th bit; mid is their halved sum. */
const LEFT_SIDE = 8
const SIDE_RIGHT = 9
const MID_SIDE = 10

const BITS_16 = 4 << 1

/**
 * Receives each finished frame. The bytes are a view of the encoder's own buffer: copy them before returning.
 * @callback FrameSink
 * @param {Uint8Array} frame
 * @param {number} samples per channel: BLOCK_SAMPLES, less only in the last frame
 */

export class FlacEncoder {
  #writer
  /** Left, right, mid, side: samples of the block being filled, each Int32Array [BLOCK_SAMPLES]. */
  #blocks
  #plans
  #channels
  #rateHz
  #compress
  #frameNumber = 0
  /** Interleaved values in the block so far. */
  #filled = 0

  /**
   * @param {object} format
   * @param {number} format.sampleRateHz 8000 to 192000
   * @param {number} format.channels 1 or 2
   * @param {boolean} [format.compress] false writes verbatim frames only: twice the bytes for a fifth of the work
   */
  constructor({ sampleRateHz, channels, compress = true }) {
    if (channels !== 1 && channels !== 2) throw new RangeError('A FLAC stream of ours has one or two channels.')
    if (!RATE_CODES.has(sampleRateHz) && !(Number.isInteger(sampleRateHz) && sampleRateHz > 0 && sampleRateHz < 65536)) {
      throw new RangeError('This sample rate cannot be written in a FLAC frame.')
    }
    const planes = channels === 1 ? 1 : 4
    this.#blocks = Array.from({ length: planes }, () => new Int32Array(BLOCK_SAMPLES))
    this.#plans = Array.from({ length: planes }, () => new SubframePlan())
    this.#writer = new BitWriter(new Uint8Array(maxFrameBytes(channels)))
    this.#channels = channels
    this.#rateHz = sampleRateHz
    this.#compress = compress
  }

  /**
   * Takes interleaved samples, cut anywhere, even between the channels of one moment.
   * @param {Int16Array} pcm
   * @param {FrameSink} emit called for each block that fills
   */
  encode(pcm, emit) {
    const [left, right] = this.#blocks
    const full = BLOCK_SAMPLES * this.#channels
    let filled = this.#filled
    for (let i = 0; i < pcm.length; i++) {
      if (this.#channels === 1) left[filled] = pcm[i]
      else if (filled & 1) right[filled >> 1] = pcm[i]
      else left[filled >> 1] = pcm[i]
      if (++filled === full) {
        this.#writeFrame(BLOCK_SAMPLES, emit)
        filled = 0
      }
    }
    this.#filled = filled
  }

  /**
   * Writes what is left as a last, shorter frame. Nothing may be encoded after it.
   * @param {FrameSink} emit
   */
  finish(emit) {
    if (this.#filled % this.#channels !== 0) throw new RangeError('The PCM ends between the channels of one sample.')
    const samples = this.#filled / this.#channels
    this.#filled = 0
    if (samples > 0) this.#writeFrame(samples, emit)
  }

  /** Samples per channel that wait for their block to fill. */
  get pendingSamples() {
    return Math.floor(this.#filled / this.#channels)
  }

  /**
   * The waiting samples from `from` on, interleaved.
   * @param {number} from 0 to pendingSamples
   */
  pending(from) {
    const pcm = new Int16Array((this.pendingSamples - from) * this.#channels)
    for (let i = 0; i < pcm.length; i++) {
      pcm[i] = this.#blocks[i % this.#channels][from + Math.floor(i / this.#channels)]
    }
    return pcm
  }

  /**
   * @param {number} samples
   * @param {FrameSink} emit
   */
  #writeFrame(samples, emit) {
    const writer = this.#writer
    writer.reset()
    if (this.#channels === 1) {
      planSubframe(this.#plans[0], this.#blocks[0], samples, 16, this.#compress)
      this.#writeHeader(samples, 0)
      writeSubframe(writer, this.#plans[0], this.#blocks[0], samples)
    } else {
      this.#writeStereo(samples)
    }
    writer.align()
    const checksum = crc16(writer.bytes, 0, writer.length)
    writer.put(checksum, 16)
    emit(writer.bytes.subarray(0, writer.length), samples)
  }

  /** @param {number} samples */
  #writeStereo(samples) {
    const [left, right, mid, side] = this.#blocks
    const [planLeft, planRight, planMid, planSide] = this.#plans
    planSubframe(planLeft, left, samples, 16, this.#compress)
    planSubframe(planRight, right, samples, 16, this.#compress)
    let assignment = 1
    if (this.#compress) {
      for (let i = 0; i < samples; i++) {
        mid[i] = (left[i] + right[i]) >> 1
        side[i] = left[i] - right[i]
      }
      planSubframe(planMid, mid, samples, 16, true)
      planSubframe(planSide, side, samples, 17, true)
      let bits = planLeft.bits + planRight.bits
      if (planLeft.bits + planSide.bits < bits) [assignment, bits] = [LEFT_SIDE, planLeft.bits + planSide.bits]
      if (planSide.bits + planRight.bits < bits) [assignment, bits] = [SIDE_RIGHT, planSide.bits + planRight.bits]
      if (planMid.bits + planSide.bits < bits) assignment = MID_SIDE
    }
    const first = assignment === SIDE_RIGHT ? 3 : assignment === MID_SIDE ? 2 : 0
    const second = assignment === LEFT_SIDE || assignment === MID_SIDE ? 3 : 1
    this.#writeHeader(samples, assignment)
    writeSubframe(this.#writer, this.#plans[first], this.#blocks[first], samples)
    writeSubframe(this.#writer, this.#plans[second], this.#blocks[second], samples)
  }

  /**
   * The frame header (RFC 9639, section 9.1).
   * @param {number} samples
   * @param {number} assignment 0 mono, 1 left and right, or one of the stereo codes above
   */
  #writeHeader(samples, assignment) {
    const writer = this.#writer
    const rateCode = RATE_CODES.get(this.#rateHz) ?? RATE_IN_HZ
    const blockCode = samples === 1024 ? BLOCK_IS_1024 : BLOCK_IN_16_BITS
    writer.put(0xfff8, 16) // synchronisation code, fixed block size
    writer.put((blockCode << 4) | rateCode, 8)
    writer.put((assignment << 4) | BITS_16, 8)
    this.#writeFrameNumber(this.#frameNumber++)
    if (blockCode === BLOCK_IN_16_BITS) writer.put(samples - 1, 16)
    if (rateCode === RATE_IN_HZ) writer.put(this.#rateHz, 16)
    writer.put(crc8(writer.bytes, 0, writer.length), 8)
  }

  /**
   * Coded as UTF-8 codes characters, but for up to 31 bits (section 9.1.5).
   * @param {number} number
   */
  #writeFrameNumber(number) {
    if (number < 0x80) {
      this.#writer.put(number, 8)
      return
    }
    let following = 1 // bytes after the first; n of them carry 6 n bits, and the first the 6 - n bits above
    while (number >= 2 ** (5 * following + 6)) following++
    const mark = (0xff00 >> (following + 1)) & 0xff
    this.#writer.put(mark | (number >>> (6 * following)), 8)
    for (let n = following - 1; n >= 0; n--) this.#writer.put(0x80 | ((number >>> (6 * n)) & 0x3f), 8)
  }
}
