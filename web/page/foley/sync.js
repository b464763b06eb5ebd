// Keeps the picture with the sound: the sound's clock is the master, the picture hurries, dawdles or jumps. Pure.

/** Nearer than this nobody sees, and a browser's clocks are no better. */
const CLOSE_S = 0.012
/** Farther than this, at the usual speed, is not walked but jumped. */
const JUMP_S = 0.25
/** The share of the distance that is made up in a second, and the most that the picture's speed is bent for it. */
const PER_S = 1.2
const MOST_BENT = 0.12

/**
 * @param {object} state
 * @param {number} state.pictureS where the picture is, seconds
 * @param {number} state.soundS where the sound is, seconds
 * @param {number} state.rate how fast the sound plays
 * @returns {{jumpS: number | null, rate: number}} where the picture is to jump, if it is to, and how fast it is to play
 */
export function correction({ pictureS, soundS, rate }) {
  const aheadS = pictureS - soundS
  if (Math.abs(aheadS) > JUMP_S * rate) return { jumpS: soundS, rate }
  if (Math.abs(aheadS) < CLOSE_S) return { jumpS: null, rate }
  const bend = Math.max(-MOST_BENT, Math.min(MOST_BENT, (-aheadS * PER_S) / rate))
  return { jumpS: null, rate: Math.round(rate * (1 + bend) * 100) / 100 }
}

/**
 * The frame that is seen at a moment.
 * @param {readonly number[]} endsS where each frame ends, seconds, ascending
 * @param {number} positionS
 */
export function frameAt(endsS, positionS) {
  let [low, high] = [0, endsS.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if (endsS[middle] > positionS) high = middle
    else low = middle + 1
  }
  return low
}
