// Wraps FLAC frames in fragmented MP4, which MediaSource takes: an init segment, then fragments of any number of frames.
//
// Boxes after ISO/IEC 14496-12; FLAC in them after "Encapsulation of FLAC in ISO Base Media File Format", version 0.0.4.
// The timescale is the sample rate, so that every time is a whole number of samples.

import { streamInfoBlock } from './flac-file.js'
import { BLOCK_SAMPLES } from './flac.js'

const TRACK = 1
const MAX_TICKS = 0xffffffff

/** tfhd: a sample duration stands here; offsets count from the moof box. */
const TFHD_FLAGS = 0x020008
/** trun: data offset and each sample's size; with the last bit, each sample's duration too. */
const TRUN_FLAGS = 0x000201
const TRUN_DURATIONS = 0x000100

/** @typedef {number | string | Uint8Array | Part[]} Part of a box: a byte, ASCII, bytes, or several */

/**
 * @param {Part[]} parts
 * @returns {Uint8Array<ArrayBuffer>}
 */
function joined(parts) {
  const arrays = parts.map((part) => {
    if (part instanceof Uint8Array) return part
    if (Array.isArray(part)) return joined(part)
    if (typeof part === 'string') return Uint8Array.from(part, (letter) => letter.charCodeAt(0))
    return Uint8Array.of(part)
  })
  const bytes = new Uint8Array(arrays.reduce((sum, array) => sum + array.length, 0))
  let at = 0
  for (const array of arrays) {
    bytes.set(array, at)
    at += array.length
  }
  return bytes
}

/** @param {number} value */
const u16 = (value) => Uint8Array.of(value >> 8, value)
/** @param {number} value */
const u32 = (value) => Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value)
/** @param {number} count */
const zeros = (count) => new Uint8Array(count)

/**
 * @param {string} type four letters
 * @param {Part[]} parts
 */
function box(type, ...parts) {
  const body = joined(parts)
  return joined([u32(8 + body.length), type, body])
}

/**
 * A box with a version and 24 bits of flags.
 * @param {string} type
 * @param {number} version
 * @param {number} flags
 * @param {Part[]} parts
 */
function fullBox(type, version, flags, ...parts) {
  return box(type, version, u32(flags).subarray(1), ...parts)
}

/** The identity, in 16.16 and 2.30 fixed point. */
const MATRIX = [u32(0x10000), zeros(12), u32(0x10000), zeros(12), u32(0x40000000)]

/**
 * Which codec, how many channels, which rate: ftyp and moov, appended once before all fragments.
 * @param {import('./flac-file.js').StreamFormat} format
 */
export function initSegment({ sampleRateHz, channels }) {
  const sampleEntry = box(
    'fLaC', zeros(6), u16(1), zeros(8), u16(channels), u16(16), zeros(4), u16(entryRateHz(sampleRateHz)), zeros(2),
    fullBox('dfLa', 0, 0, streamInfoBlock({ sampleRateHz, channels })),
  )
  const sampleTable = box(
    'stbl',
    fullBox('stsd', 0, 0, u32(1), sampleEntry),
    fullBox('stts', 0, 0, u32(0)),
    fullBox('stsc', 0, 0, u32(0)),
    fullBox('stsz', 0, 0, zeros(8)),
    fullBox('stco', 0, 0, u32(0)),
  )
  const media = box(
    'mdia',
    fullBox('mdhd', 0, 0, zeros(8), u32(sampleRateHz), u32(0), u16(0x55c4), zeros(2)), // language: "und"
    fullBox('hdlr', 0, 0, zeros(4), 'soun', zeros(12), 'Wildtrack', 0),
    box(
      'minf',
      fullBox('smhd', 0, 0, zeros(4)),
      box('dinf', fullBox('dref', 0, 0, u32(1), fullBox('url ', 0, 1))), // the media is in this very file
      sampleTable,
    ),
  )
  const track = box(
    'trak',
    fullBox('tkhd', 0, 3, zeros(8), u32(TRACK), zeros(4), u32(0), zeros(12), u16(0x100), zeros(2), MATRIX, zeros(8)),
    media,
  )
  const movieHeader = fullBox(
    'mvhd', 0, 0, zeros(8), u32(sampleRateHz), u32(0), u32(0x10000), u16(0x100), zeros(10), MATRIX, zeros(24), u32(TRACK + 1),
  )
  const extends_ = box('mvex', fullBox('trex', 0, 0, u32(TRACK), u32(1), u32(BLOCK_SAMPLES), u32(0), u32(0)))
  return joined([box('ftyp', 'iso6', u32(0), 'iso6', 'mp41'), box('moov', movieHeader, track, extends_)])
}

/**
 * The sample entry has 16 bits for the rate: a higher one is written as its greatest part that fits (section 3.3.1 there).
 * @param {number} sampleRateHz
 */
function entryRateHz(sampleRateHz) {
  let rateHz = sampleRateHz
  while (rateHz > 0xffff && rateHz % 2 === 0) rateHz /= 2
  return Math.min(rateHz, 0xffff)
}

/**
 * One movie fragment: moof and mdat, written into one array.
 * @param {object} fragment
 * @param {number} fragment.sequence 1 and up, in the order of appending
 * @param {number} fragment.startSample where the first frame begins, in samples from the start of the utterance
 * @param {Uint8Array} fragment.data the frames, one after the other
 * @param {ArrayLike<number>} fragment.sizes bytes of each frame
 * @param {number} fragment.lastFrameSamples BLOCK_SAMPLES, or less when the utterance's last frame is the last here
 */
export function fragment({ sequence, startSample, data, sizes, lastFrameSamples }) {
  const withDurations = lastFrameSamples !== BLOCK_SAMPLES
  const runBytes = 20 + sizes.length * (withDurations ? 8 : 4)
  const moofBytes = 8 + 16 + 8 + 20 + 20 + runBytes
  const bytes = new Uint8Array(moofBytes + 8 + data.length)
  const view = new DataView(bytes.buffer)
  let at = 0
  /** @param {number} value */
  const put = (value) => {
    view.setUint32(at, value)
    at += 4
  }
  /**
   * @param {number} size
   * @param {string} type
   */
  const putBox = (size, type) => {
    put(size)
    for (let i = 0; i < 4; i++) bytes[at++] = type.charCodeAt(i)
  }
  putBox(moofBytes, 'moof')
  putBox(16, 'mfhd')
  put(0)
  put(sequence % MAX_TICKS)
  putBox(8 + 20 + 20 + runBytes, 'traf')
  putBox(20, 'tfhd')
  put(TFHD_FLAGS)
  put(TRACK)
  put(BLOCK_SAMPLES)
  putBox(20, 'tfdt')
  put(1 << 24) // version 1: a time of 64 bits
  put(Math.floor(startSample / 2 ** 32))
  put(startSample % 2 ** 32)
  putBox(runBytes, 'trun')
  put(TRUN_FLAGS | (withDurations ? TRUN_DURATIONS : 0))
  put(sizes.length)
  put(moofBytes + 8) // the data begins behind the header of mdat
  for (let i = 0; i < sizes.length; i++) {
    if (withDurations) put(i === sizes.length - 1 ? lastFrameSamples : BLOCK_SAMPLES)
    put(sizes[i])
  }
  putBox(8 + data.length, 'mdat')
  bytes.set(data, at)
  return bytes
}
