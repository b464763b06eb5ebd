// The picture: shows a file's frames, muted, where the sound is. A video runs by itself and is kept with the sound; of a GIF
// each frame is drawn when its time has come.
import { Gif } from './gif.js'
import { correction } from './sync.js'

/** How often a video's distance from the sound is looked at: its clock moves in steps of a frame. */
const LOOK_MS = 120
/** A still picture this far from where the sound stands is moved there. */
const STILL_S = 0.02

/** What the browser is asked to show. @typedef {'none' | 'opening' | 'shown' | 'unknown'} Showing `unknown`: it cannot */

/** Dispatches `change` after `showing` or `durationS` has changed, and after a jump: by then the sound may be elsewhere. */
export class Picture extends EventTarget {
  /** @type {Showing} */
  showing = 'none'
  /** Seconds; null while it is not known. @type {number | null} */
  durationS = null
  #video
  #canvas
  #now
  /** @type {Gif | null} */
  #gif = null
  #address = ''
  #lookedMs = 0
  /** Counts files: what an older one still has to say no longer matters. */
  #opening = 0

  /**
   * @param {object} parts
   * @param {HTMLVideoElement} parts.video
   * @param {HTMLCanvasElement} parts.canvas for what a video element does not play
   * @param {() => number} parts.now milliseconds, monotonic
   */
  constructor({ video, canvas, now }) {
    super()
    this.#video = video
    this.#canvas = canvas
    this.#now = now
    video.addEventListener('loadedmetadata', () => {
      // A file whose picture the browser does not know may still play, as sound without any.
      if (video.videoWidth > 0) this.#become('shown', video.duration)
      else this.#become('unknown', video.duration)
    })
    video.addEventListener('durationchange', () => this.showing === 'shown' && this.#become('shown', video.duration))
    video.addEventListener('seeked', () => this.dispatchEvent(new Event('change')))
    video.addEventListener('error', () => video.error && this.#address && this.#become('unknown', null))
  }

  /** @param {Blob} file takes the place of the one before */
  async open(file) {
    this.close()
    const opening = ++this.#opening
    this.#become('opening', null)
    if (file.type !== 'image/gif') {
      this.#address = URL.createObjectURL(file)
      this.#video.src = this.#address
      return
    }
    const gif = await Gif.open(file, this.#canvas).catch(() => null)
    if (opening !== this.#opening) return
    this.#gif = gif
    if (gif) {
      await gif.draw(0)
      this.#become('shown', gif.durationS)
    } else this.#become('unknown', null)
  }

  close() {
    this.#opening += 1
    this.#gif?.close()
    this.#gif = null
    if (this.#address) {
      URL.revokeObjectURL(this.#address)
      this.#address = ''
      this.#video.removeAttribute('src')
      this.#video.load()
    }
    this.#become('none', null)
  }

  /** True where it is a GIF, which `canvas` shows. */
  get isDrawn() {
    return this.#gif !== null
  }

  /**
   * Goes with the sound; called as often as the screen is painted.
   * @param {{positionS: number, playing: boolean, rate: number}} sound
   */
  follow({ positionS, playing, rate }) {
    if (this.showing !== 'shown') return
    if (this.#gif) {
      void this.#gif.draw(positionS)
      return
    }
    const video = this.#video
    const isOver = positionS >= (this.durationS ?? Infinity)
    if (!playing || isOver) {
      if (!video.paused) video.pause()
      const targetS = Math.min(positionS, this.durationS ?? positionS)
      if (!video.seeking && Math.abs(video.currentTime - targetS) > STILL_S) video.currentTime = targetS
      return
    }
    if (video.paused) {
      video.playbackRate = rate
      void video.play().catch(() => {}) // it is muted, so nobody refuses; a pause may come in between
      return
    }
    if (video.seeking || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return
    if (this.#now() - this.#lookedMs < LOOK_MS) return
    this.#lookedMs = this.#now()
    const { jumpS, rate: bent } = correction({ pictureS: video.currentTime, soundS: positionS, rate })
    if (jumpS !== null) video.currentTime = jumpS
    if (video.playbackRate !== bent) video.playbackRate = bent
  }

  /**
   * @param {Showing} showing
   * @param {number | null} durationS
   */
  #become(showing, durationS) {
    const known = durationS !== null && Number.isFinite(durationS) ? durationS : null
    if (showing === this.showing && known === this.durationS) return
    this.showing = showing
    this.durationS = known
    this.dispatchEvent(new Event('change'))
  }
}
