// The geometry of a waveform that grows: how much time the view holds, where its ruler has ticks, how tall each bar is. Pure.

/** Window lengths while the total is not known yet, seconds; beyond the last they double. */
const WINDOWS_S = [5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600]

/** A take shorter than this does not fill the view, or its few blocks would be drawn as wide slabs. */
const SHORTEST_WINDOW_S = 1

const TICK_STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200]

/**
 * Seconds of sound that the view holds. While sound is made the window grows in steps, so that the drawing stands still
 * between them; a whole take fills the view.
 * @param {number} madeS seconds made so far
 * @param {boolean} complete whether that is all
 */
export function windowSeconds(madeS, complete) {
  if (complete && madeS > 0) return Math.max(madeS, SHORTEST_WINDOW_S)
  for (const window of WINDOWS_S) {
    if (madeS <= window) return window
  }
  let window = WINDOWS_S[WINDOWS_S.length - 1]
  while (window < madeS) window *= 2
  return window
}

/**
 * Seconds between two labels of the ruler, so that labels stand at least `gapPx` apart.
 * @param {number} windowS
 * @param {number} widthPx CSS pixels
 * @param {number} [gapPx]
 */
export function tickStepSeconds(windowS, widthPx, gapPx = 72) {
  const least = (windowS * gapPx) / Math.max(1, widthPx)
  let step = TICK_STEPS_S.find((candidate) => candidate >= least) ?? 7200
  while (step < least) step *= 2
  return step
}

/**
 * How tall each bar is, 0 to 1, and -1 where no sound has been made yet. Adjoining blocks that fall on one bar give
 * their largest excursion; where bars are finer than blocks, a bar lies between two of them.
 *
 * A root of the peak is drawn, not the peak: a pause between words then still reads as a pause, and soft consonants show.
 * @param {ArrayLike<number>} peaks min and max of each block in turn, [2 * blocks], in [-1, 1]
 * @param {number} blockS seconds a block lasts
 * @param {number} madeS seconds made so far
 * @param {number} windowS seconds the view holds
 * @param {Float32Array} levels filled in, one per bar
 */
export function fillLevels(peaks, blockS, madeS, windowS, levels) {
  const bars = levels.length
  const blocks = peaks.length >> 1
  const barS = windowS / bars
  const excursion = (/** @type {number} */ block) => Math.max(0, -peaks[2 * block], peaks[2 * block + 1])
  for (let bar = 0; bar < bars; bar += 1) {
    const from = bar * barS
    if (from >= madeS || blocks === 0) {
      levels[bar] = -1
      continue
    }
    let largest = 0
    if (barS < blockS) {
      const at = Math.min(blocks - 1, Math.max(0, (from + barS / 2) / blockS - 0.5))
      const before = Math.floor(at)
      const after = Math.min(blocks - 1, before + 1)
      largest = excursion(before) + (excursion(after) - excursion(before)) * (at - before)
    } else {
      const first = Math.min(blocks - 1, Math.floor(from / blockS))
      const last = Math.min(blocks - 1, Math.max(first, Math.ceil((from + barS) / blockS) - 1))
      for (let block = first; block <= last; block += 1) largest = Math.max(largest, excursion(block))
    }
    levels[bar] = Math.min(1, largest) ** 0.75
  }
}
