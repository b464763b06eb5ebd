// A line to the server that a test can break: a TCP proxy on loopback.

import { connect, createServer } from 'node:net'

/**
 * @param {number} port of the server, on 127.0.0.1
 * @returns {Promise<{url: string, breakOff: () => number, close: () => Promise<void>}>} breakOff() cuts every connection, and
 *   tells how many there were; new ones go through
 */
export async function openBreakableLine(port) {
  /** @type {Set<import('node:net').Socket>} */
  const ends = new Set()
  const proxy = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    for (const [from, to] of [
      [near, far],
      [far, near],
    ]) {
      ends.add(from)
      from.on('error', () => {}) // a cut is what this is for
      from.on('close', () => {
        ends.delete(from)
        to.destroy()
      })
      from.pipe(to)
    }
  })
  await new Promise((resolve) => proxy.listen(0, '127.0.0.1', () => resolve(undefined)))
  const address = /** @type {import('node:net').AddressInfo} */ (proxy.address())
  const breakOff = () => {
    const cut = [...ends]
    for (const end of cut) end.resetAndDestroy()
    return cut.length
  }
  return {
    url: `http://127.0.0.1:${address.port}`,
    breakOff,
    close: async () => {
      proxy.close()
      breakOff()
    },
  }
}
