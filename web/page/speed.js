// The speeds the slider stops at: fine steps where people listen, coarse ones towards the ends. Pure.

/** Factors, 0.25 to 4; 1 is the voice's own pace. */
export const SPEEDS = [
  0.25, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1, 1.05, 1.1, 1.15, 1.2, 1.25, 1.3, 1.4, 1.5, 1.75, 2, 2.5, 3, 4,
]

/**
 * The stop nearest to a speed, by ratio.
 * @param {number} speed
 */
export function nearestStop(speed) {
  let nearest = 0
  for (let stop = 1; stop < SPEEDS.length; stop += 1) {
    if (Math.abs(Math.log(SPEEDS[stop] / speed)) < Math.abs(Math.log(SPEEDS[nearest] / speed))) nearest = stop
  }
  return nearest
}
