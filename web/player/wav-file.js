// The header of a WAV file of 16-bit PCM whose length is known (Multimedia Programming Interface and Data Specifications 1.0).

const HEADER_BYTES = 44

/**
 * All that comes before the samples in a .wav file.
 * @param {object} format
 * @param {number} format.sampleRateHz
 * @param {number} format.channels
 * @param {number} format.totalSamples per channel
 */
export function wavFileHeader({ sampleRateHz, channels, totalSamples }) {
  const view = new DataView(new ArrayBuffer(HEADER_BYTES))
  const frameBytes = 2 * channels
  const dataBytes = totalSamples * frameBytes
  /**
   * @param {number} at
   * @param {string} text
   */
  const ascii = (at, text) => [...text].forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0)))
  ascii(0, 'RIFF')
  view.setUint32(4, HEADER_BYTES - 8 + dataBytes, true)
  ascii(8, 'WAVEfmt ')
  view.setUint32(16, 16, true)
  view.setUint16(20, 1, true) // integer PCM
  view.setUint16(22, channels, true)
  view.setUint32(24, sampleRateHz, true)
  view.setUint32(28, sampleRateHz * frameBytes, true)
  view.setUint16(32, frameBytes, true)
  view.setUint16(34, 16, true)
  ascii(36, 'data')
  view.setUint32(40, dataBytes, true)
  return new Uint8Array(view.buffer)
}
