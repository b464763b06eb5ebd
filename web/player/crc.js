// The two checksums of a FLAC frame: CRC-8 over its header and CRC-16 over the whole frame (RFC 9639, sections 9.1.8 and 9.3).

/**
 * @param {number} polynomial without its highest term
 * @param {number} width in bits, 8 or 16
 * @returns {Uint16Array} the checksum's change for each value of the next byte
 */
function byteTable(polynomial, width) {
  const top = 1 << (width - 1)
  const mask = (1 << width) - 1
  return Uint16Array.from({ length: 256 }, (_, byte) => {
    let rest = byte << (width - 8)
    for (let bit = 0; bit < 8; bit++) rest = ((rest << 1) ^ (rest & top ? polynomial : 0)) & mask
    return rest
  })
}

const CRC8 = byteTable(0x07, 8)
const CRC16 = byteTable(0x8005, 16)

/**
 * CRC-8 of bytes[from, to), starting from zero.
 * @param {Uint8Array} bytes
 * @param {number} from
 * @param {number} to
 */
export function crc8(bytes, from, to) {
  let rest = 0
  for (let i = from; i < to; i++) rest = CRC8[rest ^ bytes[i]]
  return rest
}

/**
 * CRC-16 of bytes[from, to), starting from zero.
 * @param {Uint8Array} bytes
 * @param {number} from
 * @param {number} to
 */
export function crc16(bytes, from, to) {
  let rest = 0
  for (let i = from; i < to; i++) rest = ((rest << 8) & 0xffff) ^ CRC16[(rest >> 8) ^ bytes[i]]
  return rest
}
