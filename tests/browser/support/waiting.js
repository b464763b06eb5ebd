// Waits that have an end: every one says what it waited for when that does not come.

/** @param {number} seconds */
export const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000))

/**
 * @template T
 * @param {number} seconds at most
 * @param {string} what is waited for
 * @param {Promise<T>} promise
 * @returns {Promise<T>}
 */
export function within(seconds, what, promise) {
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Waited ${seconds} s in vain for ${what}.`)), seconds * 1000)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

/**
 * Asks again and again; for what tells nobody when it happens, such as a file that appears.
 * @template T
 * @param {number} seconds at most
 * @param {string} what is waited for
 * @param {() => T | Promise<T>} look gives something truthy when it is there
 * @returns {Promise<T>}
 */
export async function until(seconds, what, look) {
  const giveUpMs = performance.now() + seconds * 1000
  for (;;) {
    const found = await look()
    if (found) return found
    if (performance.now() > giveUpMs) throw new Error(`Waited ${seconds} s in vain for ${what}.`)
    await pause(0.05)
  }
}
