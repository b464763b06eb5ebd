// A task of Foley being watched: its sound comes as an utterance's does, and beside it what is seen, and how far the work is.

import { Utterance } from './utterance.js'

/**
 * One sound with an onset. docs/foley.md says what the fields mean.
 * @typedef {object} FoleyEvent
 * @property {number} onset_s from the beginning of the video
 * @property {number} duration_s 0 for a hit
 * @property {string} label a sound class
 * @property {string | null} material
 * @property {number} strength 0 to 1
 * @property {number} pan -1 left to 1 right
 * @property {number} distance 0 near to 1 far
 * @property {number} confidence 0 to 1
 */

/**
 * A sound that lasts, under a stretch of the video.
 * @typedef {object} FoleyBed
 * @property {number} start_s
 * @property {number} end_s
 * @property {string} label
 * @property {number} level 0 to 1
 * @property {string} room
 */

/** All that begins before `until_s` and was not told before. */
/** @typedef {{until_s: number, events: FoleyEvent[], beds: FoleyBed[]}} TimelinePart */

/** @typedef {'receiving' | 'analysing' | 'rendering' | 'finishing'} FoleyStep */
/** @typedef {{step: FoleyStep, percent: number, message: string}} Progress */
/** @typedef {{code: string, message: string}} PictureWarning */

/**
 * Which task, and from where on.
 * @typedef {object} WatchPoint
 * @property {string} task_id
 * @property {string} token as the request that made the task was answered
 * @property {number} [next] the first sample that is wanted; leave it out where a player plays
 */

/**
 * Its events are an Utterance's (`started` has `state` and `n_samples` too), and `timeline` (detail TimelinePart), `progress`
 * (Progress), `warning` (PictureWarning). stop() ends the watching; the task goes on without.
 */
export class Watching extends Utterance {
  #task
  /** Up to where the timeline was told; a connection that is back tells it from its beginning. */
  #untilS = -Infinity
  /** Codes of the warnings that were told. @type {Set<string>} */
  #warned = new Set()

  /**
   * @param {object} options
   * @param {import('../player/player.js').Player | undefined} options.player
   * @param {(streamId: string) => void} options.cancel
   * @param {string} options.task_id
   * @param {string} options.token
   * @param {number} [options.next]
   */
  constructor({ player, cancel, task_id, token, next = 0 }) {
    super({ player, uplink: { cancel, playback: () => {} }, nextSample: next })
    this.#task = { task_id, token }
  }

  /** What `watch` is asked with, now and after a broken connection: the first sample that has not come is the next. */
  get point() {
    return { ...this.#task, next: this.resumePoint.next_sample }
  }

  /**
   * Credit is given at once, however far ahead of the listener: the player keeps what comes, so that one can seek to
   * wherever the work is, and a listener who pauses does not use up the credit of what else is heard here.
   * @override
   * @param {import('./utterance.js').ChunkMessage} message
   * @param {() => void} acknowledge
   */
  received(message, acknowledge) {
    super.received(message, () => {})
    acknowledge()
  }

  /**
   * @param {'timeline' | 'progress' | 'warning'} type
   * @param {any} message
   */
  told(type, { stream_id: _, ...detail }) {
    if (this.over) return
    if (type === 'timeline') {
      if (detail.until_s <= this.#untilS) return
      this.#untilS = detail.until_s
    } else if (type === 'warning') {
      if (this.#warned.has(detail.code)) return
      this.#warned.add(detail.code)
    }
    this.dispatchEvent(new CustomEvent(type, { detail }))
  }
}
