// Decides what a SourceBuffer should be given next: pure arithmetic on what is buffered, what is recorded and where it plays.

/**
 * What the decision depends on. All times in seconds of the utterance.
 * @typedef {object} View
 * @property {[start: number, end: number][]} buffered ranges in the SourceBuffer, ascending
 * @property {number} positionS where it plays, or where a seek is to land
 * @property {number} cursor the next frame to append
 * @property {number} frameCount frames recorded so far
 * @property {number} frameS duration of a frame
 * @property {boolean} finished true when no more frames will come
 * @property {boolean} ended true when the source knows that it is whole
 * @property {boolean} started true when something was appended since the start or the last seek
 * @property {boolean} flush true when all that is buffered is to go first, since a seek went elsewhere
 * @property {number} leadS how far ahead of the position to append
 * @property {number} appendS how much to append at once
 */

/**
 * @typedef {{kind: 'append', from: number, to: number} | {kind: 'remove', fromS: number, toS: number} | {kind: 'end'}
 *   | {kind: 'rewind', cursor: number} | {kind: 'wait'}} Step
 */

/** Chromium starts only with more than 200 ms buffered; a first append of this much lets it start at once. */
export const START_S = 0.25
/** With this much ahead there is no hurry: frames are gathered to make appends fewer. */
const COMFORTABLE_S = 5
const GATHER_S = 1
/** Played sound to keep for short seeks back, and how much may gather before some is removed. */
const KEEP_BEHIND_S = 30
const MAX_BEHIND_S = 90

/**
 * @param {View} view
 * @returns {Step}
 */
export function nextStep(view) {
  const { buffered, positionS, cursor, frameCount, frameS, finished } = view
  if (view.flush && buffered.length > 0) return { kind: 'remove', fromS: 0, toS: Infinity }

  const range = buffered.find(([start, end]) => start <= positionS + frameS && positionS <= end + frameS)
  if (view.started) {
    // A browser may drop what it likes (ManagedMediaSource even what is still to be played): go back to the first frame missing.
    const missing = range ? Math.round(range[1] / frameS) : Math.floor(positionS / frameS)
    if (cursor > missing + 1) return { kind: 'rewind', cursor: missing }
  }

  const aheadS = cursor * frameS - positionS
  const waitingS = (frameCount - cursor) * frameS
  const hurry = aheadS < COMFORTABLE_S
  const behindS = range ? positionS - range[0] : 0
  if (!hurry && !view.ended && behindS > MAX_BEHIND_S) return { kind: 'remove', fromS: 0, toS: positionS - KEEP_BEHIND_S }

  if (cursor < frameCount) {
    const enough = finished || (view.started ? hurry || waitingS >= GATHER_S : waitingS >= START_S)
    if (aheadS >= view.leadS || !enough) return { kind: 'wait' }
    const most = Math.max(1, Math.floor(Math.min(view.appendS, view.leadS - aheadS) / frameS))
    return { kind: 'append', from: cursor, to: Math.min(frameCount, cursor + most) }
  }
  return finished && !view.ended ? { kind: 'end' } : { kind: 'wait' }
}
