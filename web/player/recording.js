// Keeps an utterance as FLAC frames while it is made: the one place that players read from, and that downloads come from.
//
// Frames gather in one buffer of a few seconds; when it is full it becomes a Blob, which a browser may move to disk. So an
// hour of speech costs the page's own memory some hundred kilobytes. PCM is never kept, but for the last unfinished block.

import { FlacDecoder } from './flac-decoder.js'
import { flacFileHeader } from './flac-file.js'
import { BLOCK_SAMPLES, FlacEncoder, maxFrameBytes } from './flac.js'
import { Peaks } from './peaks.js'
import { wavFileHeader } from './wav-file.js'

/** Frames of one Blob: 5.5 s at 24 kHz. */
const CHUNK_FRAMES = 128

/**
 * Some frames that follow each other.
 * @typedef {object} Frames
 * @property {number} first index of the first one
 * @property {Uint8Array} data all of them, one after the other
 * @property {number[]} sizes bytes of each
 * @property {number} startSample where the first one begins
 * @property {number} lastFrameSamples samples per channel of the last one
 */

/**
 * CHUNK_FRAMES frames that will not change; fewer in the last one.
 * @typedef {object} Chunk
 * @property {Blob} blob
 * @property {Uint32Array} ends where each frame ends in the blob, in bytes
 */

export class Recording {
  #encoder
  #peaks = new Peaks(BLOCK_SAMPLES)
  /** @type {Chunk[]} */
  #chunks = []
  /** @type {Uint8Array<ArrayBuffer> | null} the chunk being filled; null when finished */
  #open
  #openEnds = new Uint32Array(CHUNK_FRAMES)
  #openFrames = 0
  #frameCount = 0
  #totalSamples = 0
  #finished = false

  /**
   * @param {object} format
   * @param {number} format.sampleRateHz 8000 to 96000
   * @param {number} format.channels 1 or 2
   * @param {boolean} [format.compress] false: keep verbatim frames
   */
  constructor({ sampleRateHz, channels, compress = true }) {
    this.#encoder = new FlacEncoder({ sampleRateHz, channels, compress })
    this.#open = new Uint8Array(CHUNK_FRAMES * maxFrameBytes(channels))
    this.sampleRateHz = sampleRateHz
    this.channels = channels
  }

  /** Samples per channel so far. */
  get totalSamples() {
    return this.#totalSamples
  }

  /** Seconds so far. */
  get durationS() {
    return this.#totalSamples / this.sampleRateHz
  }

  /** Whole frames so far, each of BLOCK_SAMPLES samples but the last one of a finished recording. */
  get frameCount() {
    return this.#frameCount
  }

  /** True when no more comes. */
  get finished() {
    return this.#finished
  }

  /** The lowest and the highest value of each block so far, in pairs, from -1 to 1: a view that is not kept up to date. */
  get peaks() {
    return this.#peaks.values
  }

  /**
   * Adds samples, cut anywhere.
   * @param {Int16Array} pcm interleaved
   */
  append(pcm) {
    if (this.#finished) throw new Error('The recording is finished.')
    this.#peaks.add(pcm, this.channels)
    this.#encoder.encode(pcm, this.#keep)
    this.#totalSamples = this.#frameCount * BLOCK_SAMPLES + this.#encoder.pendingSamples
  }

  /** Ends the recording; a second call does nothing. */
  finish() {
    if (this.#finished) return
    this.#encoder.finish(this.#keep)
    this.#peaks.finish()
    this.#finished = true
    if (this.#openFrames > 0) this.#seal()
    this.#open = null
  }

  /** @type {import('./flac.js').FrameSink} */
  #keep = (frame) => {
    const open = /** @type {Uint8Array} */ (this.#open)
    const start = this.#openFrames > 0 ? this.#openEnds[this.#openFrames - 1] : 0
    open.set(frame, start)
    this.#openEnds[this.#openFrames++] = start + frame.length
    this.#frameCount++
    if (this.#openFrames === CHUNK_FRAMES) this.#seal()
  }

  #seal() {
    this.#chunks.push({ blob: new Blob([this.#openBytes()]), ends: this.#openEnds.slice(0, this.#openFrames) })
    this.#openFrames = 0
  }

  /** A view, good until the next frame: a Blob copies it. */
  #openBytes() {
    const open = this.#open
    if (!open || this.#openFrames === 0) return new Uint8Array(0)
    return open.subarray(0, this.#openEnds[this.#openFrames - 1])
  }

  /**
   * The frame that holds a moment; the last one for a moment behind the end.
   * @param {number} positionS
   */
  frameAt(positionS) {
    const frame = Math.floor((positionS * this.sampleRateHz) / BLOCK_SAMPLES)
    return Math.max(0, Math.min(frame, this.#frameCount - 1))
  }

  /**
   * Reads frames from `from` on: those up to `to`, or fewer, but at least one.
   * @param {number} from below frameCount
   * @param {number} to above `from`, at most frameCount
   * @returns {Promise<Frames>}
   */
  async frames(from, to) {
    const index = Math.floor(from / CHUNK_FRAMES)
    const first = index * CHUNK_FRAMES
    const chunk = this.#chunks.at(index)
    const ends = chunk ? chunk.ends : this.#openEnds.slice(0, this.#openFrames)
    const last = Math.min(to - first, ends.length)
    const startByte = from === first ? 0 : ends[from - first - 1]
    const endByte = ends[last - 1]
    const sizes = []
    for (let i = from - first, start = startByte; i < last; start = ends[i++]) sizes.push(ends[i] - start)
    const lastFrameSamples = this.#samplesBefore(first + last) - this.#samplesBefore(first + last - 1)
    const data = chunk
      ? new Uint8Array(await chunk.blob.slice(startByte, endByte).arrayBuffer())
      : /** @type {Uint8Array} */ (this.#open).slice(startByte, endByte)
    return { first: from, data, sizes, startSample: from * BLOCK_SAMPLES, lastFrameSamples }
  }

  /** @param {number} frame */
  #samplesBefore(frame) {
    return this.#finished ? Math.min(frame * BLOCK_SAMPLES, this.#totalSamples) : frame * BLOCK_SAMPLES
  }

  /**
   * Decodes a stretch back to interleaved samples.
   * @param {number} [from] sample per channel
   * @param {number} [to] at most totalSamples
   * @returns {Promise<Int16Array>}
   */
  async pcm(from = 0, to = this.#totalSamples) {
    const pcm = new Int16Array(Math.max(0, to - from) * this.channels)
    const decoder = new FlacDecoder()
    const block = new Int16Array(BLOCK_SAMPLES * this.channels)
    let at = from
    while (at < to) {
      const frame = Math.floor(at / BLOCK_SAMPLES)
      if (frame >= this.#frameCount) {
        const pending = this.#encoder.pending(at - frame * BLOCK_SAMPLES)
        pcm.set(pending.subarray(0, (to - at) * this.channels), (at - from) * this.channels)
        break
      }
      const { data, sizes } = await this.frames(frame, Math.min(this.#frameCount, Math.ceil(to / BLOCK_SAMPLES)))
      let start = 0
      for (const size of sizes) {
        const firstSample = Math.floor(at / BLOCK_SAMPLES) * BLOCK_SAMPLES
        const samples = decoder.decode(data.subarray(start, start + size), block, 0)
        const end = Math.min(to, firstSample + samples)
        const wanted = block.subarray((at - firstSample) * this.channels, (end - firstSample) * this.channels)
        pcm.set(wanted, (at - from) * this.channels)
        at = end
        start += size
      }
    }
    return pcm
  }

  /** What was kept so far, as a .flac file. */
  flacBlob() {
    const header = flacFileHeader({
      sampleRateHz: this.sampleRateHz,
      channels: this.channels,
      totalSamples: this.#samplesBefore(this.#frameCount),
    })
    const frames = this.#chunks.map((chunk) => chunk.blob)
    return new Blob([header, ...frames, this.#openBytes()], { type: 'audio/flac' })
  }

  /**
   * What was kept so far, as a .wav file: decoded a few seconds at a time, each at once given to the browser to keep.
   * @returns {Promise<Blob>}
   */
  async wavBlob() {
    const totalSamples = this.#totalSamples
    const { sampleRateHz, channels } = this
    /** @type {BlobPart[]} */
    const parts = [wavFileHeader({ sampleRateHz, channels, totalSamples })]
    for (let from = 0; from < totalSamples; from += CHUNK_FRAMES * BLOCK_SAMPLES) {
      const to = Math.min(from + CHUNK_FRAMES * BLOCK_SAMPLES, totalSamples)
      parts.push(new Blob([/** @type {BlobPart} */ (await this.pcm(from, to))]))
    }
    return new Blob(parts, { type: 'audio/wav' })
  }
}
