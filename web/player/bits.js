// Writes and reads numbers of any bit width, highest bit first, in a buffer that the caller owns.

/** The widest number that one call takes: seven bits may still wait in the 32-bit accumulator. */
export const MAX_BITS = 24

export class BitWriter {
  /** Bits not yet written, in the low `#held` bits. */
  #waiting = 0
  #held = 0

  /** @param {Uint8Array} bytes must hold all that is written; nothing checks it in the hot loop */
  constructor(bytes) {
    this.bytes = bytes
    /** Whole bytes written so far. */
    this.length = 0
  }

  /**
   * @param {number} value not negative, below 2 ** width
   * @param {number} width 0 to MAX_BITS
   */
  put(value, width) {
    this.#waiting = (this.#waiting << width) | value
    let held = this.#held + width
    while (held >= 8) {
      held -= 8
      this.bytes[this.length++] = this.#waiting >>> held
    }
    this.#held = held
  }

  /** Fills the last byte with zeros. */
  align() {
    if (this.#held > 0) this.put(0, 8 - this.#held)
  }

  /** Starts again at the buffer's first byte. */
  reset() {
    this.length = 0
    this.#waiting = 0
    this.#held = 0
  }
}

export class BitReader {
  #waiting = 0
  #held = 0

  /**
   * @param {Uint8Array} bytes
   * @param {number} position of the first byte to read
   */
  constructor(bytes, position) {
    this.bytes = bytes
    /** Next byte to take into the accumulator. */
    this.position = position
  }

  /**
   * @param {number} width 0 to MAX_BITS
   * @returns {number} not negative
   */
  take(width) {
    while (this.#held < width) {
      if (this.position >= this.bytes.length) throw new RangeError('The FLAC frame ends too early.')
      this.#waiting = (this.#waiting << 8) | this.bytes[this.position++]
      this.#held += 8
    }
    this.#held -= width
    return (this.#waiting >>> this.#held) & ((1 << width) - 1)
  }

  /**
   * @param {number} width 1 to MAX_BITS
   * @returns {number} two's complement
   */
  takeSigned(width) {
    return (this.take(width) << (32 - width)) >> (32 - width)
  }

  /** Counts the zeros before the next one, and takes them and it. */
  takeUnary() {
    for (let zeros = 0; ; ) {
      if (this.#held === 0) {
        this.#waiting = this.take(8)
        this.#held = 8
      }
      const leading = Math.clz32(this.#waiting << (32 - this.#held))
      if (leading < this.#held) {
        this.#held -= leading + 1
        return zeros + leading
      }
      zeros += this.#held
      this.#held = 0
    }
  }

  /** Drops the rest of a byte that was begun. At most seven bits are held after any take. */
  align() {
    this.#held = 0
  }
}
