// A GIF that can be sought: its frames decoded one at a time, where the browser has an ImageDecoder, and drawn on a canvas.
// https://w3c.github.io/webcodecs/#imagedecoder-interface
import { frameAt } from './sync.js'

/** A frame that says it lasts no time is shown this long, as browsers do. */
const LEAST_S = 0.1

/**
 * What we use of the browser's class; TypeScript's own library does not have it yet.
 * @typedef {object} Decoder
 * @property {{ready: Promise<void>, selectedTrack: {frameCount: number} | null}} tracks
 * @property {Promise<void>} completed
 * @property {(options: {frameIndex: number}) => Promise<{image: VideoFrame}>} decode
 * @property {() => void} close
 */

export class Gif {
  #decoder
  #canvas
  #endsS
  #shown = -1
  #isBusy = false

  /**
   * Use Gif.open().
   * @param {Decoder} decoder
   * @param {HTMLCanvasElement} canvas
   * @param {number[]} endsS where each frame ends, seconds
   */
  constructor(decoder, canvas, endsS) {
    this.#decoder = decoder
    this.#canvas = canvas
    this.#endsS = endsS
  }

  /**
   * @param {Blob} file
   * @param {HTMLCanvasElement} canvas
   * @returns {Promise<Gif | null>} null where the browser cannot
   */
  static async open(file, canvas) {
    const { ImageDecoder } = /** @type {any} */ (window)
    if (!ImageDecoder) return null
    /** @type {Decoder} */
    const decoder = new ImageDecoder({ data: await file.arrayBuffer(), type: file.type })
    await decoder.tracks.ready
    await decoder.completed
    const endsS = []
    let endS = 0
    for (let frameIndex = 0; frameIndex < (decoder.tracks.selectedTrack?.frameCount ?? 0); frameIndex += 1) {
      const { image } = await decoder.decode({ frameIndex })
      endS += image.duration ? image.duration / 1e6 : LEAST_S
      endsS.push(endS)
      image.close()
    }
    return endsS.length > 0 ? new Gif(decoder, canvas, endsS) : null
  }

  get durationS() {
    return this.#endsS[this.#endsS.length - 1]
  }

  /**
   * Draws the frame of a moment, unless it is there already or another is being drawn.
   * @param {number} positionS
   */
  async draw(positionS) {
    const frameIndex = frameAt(this.#endsS, positionS)
    if (frameIndex === this.#shown || this.#isBusy) return
    this.#isBusy = true
    try {
      const { image } = await this.#decoder.decode({ frameIndex })
      if (this.#shown < 0) [this.#canvas.width, this.#canvas.height] = [image.displayWidth, image.displayHeight]
      this.#canvas.getContext('2d')?.drawImage(image, 0, 0)
      image.close()
      this.#shown = frameIndex
    } catch {
      // It was closed meanwhile, or the frame is damaged: the one before stays.
    }
    this.#isBusy = false
  }

  close() {
    this.#decoder.close()
  }
}
