// What stands before the frames in a .flac file and in MP4: the STREAMINFO block (RFC 9639, section 8.2).

import { BLOCK_SAMPLES } from './flac.js'

/**
 * @typedef {object} StreamFormat
 * @property {number} sampleRateHz
 * @property {number} channels 1 or 2
 * @property {number} [totalSamples] per channel; 0 or left out: not known yet
 */

/**
 * A metadata block, marked as the last one: a header of 4 bytes and 34 bytes of STREAMINFO.
 * Frame sizes and the MD5 sum are 0, which means "not known".
 * @param {StreamFormat} format
 */
export function streamInfoBlock({ sampleRateHz, channels, totalSamples = 0 }) {
  const bytes = new Uint8Array(38)
  const view = new DataView(bytes.buffer)
  bytes[0] = 0x80 // the last block, of type 0: STREAMINFO
  bytes[3] = 34
  view.setUint16(4, BLOCK_SAMPLES)
  view.setUint16(6, BLOCK_SAMPLES)
  // 20 bits of sample rate, 3 of channels less one, 5 of bits per sample less one, 36 of total samples.
  view.setUint32(14, ((sampleRateHz << 12) | ((channels - 1) << 9) | (15 << 4)) + Math.floor(totalSamples / 2 ** 32))
  view.setUint32(18, totalSamples % 2 ** 32)
  return bytes
}

/**
 * All that comes before the frames in a .flac file.
 * @param {StreamFormat} format
 */
export function flacFileHeader(format) {
  const bytes = new Uint8Array(4 + 38)
  bytes.set([0x66, 0x4c, 0x61, 0x43]) // "fLaC"
  bytes.set(streamInfoBlock(format), 4)
  return bytes
}
