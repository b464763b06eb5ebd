// The lowest and the highest value of each block of samples, for drawing a waveform while the sound is still being made.

export class Peaks {
  /** Pairs of lowest and highest; grows by doubling. */
  #pairs = new Float32Array(256)
  #blocks = 0
  #low = Infinity
  #high = -Infinity
  /** Values left until the block is full. */
  #left = 0
  #blockSamples

  /** @param {number} blockSamples samples per channel of one block */
  constructor(blockSamples) {
    this.#blockSamples = blockSamples
  }

  /** All whole blocks so far, and the last one after finish(): [low, high, low, high, ...], from -1 to 1. */
  get values() {
    return this.#pairs.subarray(0, 2 * this.#blocks)
  }

  /**
   * @param {Int16Array} pcm interleaved; all channels count for the same block
   * @param {number} channels
   */
  add(pcm, channels) {
    for (let i = 0; i < pcm.length; i++) {
      if (this.#left === 0) this.#left = this.#blockSamples * channels
      const value = pcm[i]
      if (value < this.#low) this.#low = value
      if (value > this.#high) this.#high = value
      if (--this.#left === 0) this.#close()
    }
  }

  /** Closes a block that is not full. */
  finish() {
    if (this.#left > 0) this.#close()
  }

  #close() {
    if (2 * this.#blocks === this.#pairs.length) {
      const grown = new Float32Array(2 * this.#pairs.length)
      grown.set(this.#pairs)
      this.#pairs = grown
    }
    this.#pairs[2 * this.#blocks] = this.#low / 32768
    this.#pairs[2 * this.#blocks + 1] = this.#high / 32768
    this.#blocks++
    this.#low = Infinity
    this.#high = -Infinity
    this.#left = 0
  }
}
