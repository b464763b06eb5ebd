// What the tests of the client share: a connection to a fake server, and the ear that writes down what happens.

import { connectWith } from '../../../web/client/client.js'
import { fakeIo } from './fake-socket.js'

export const STEP = 2400
export const chunkOf = (pcm, sequence) => pcm.subarray(sequence * STEP, (sequence + 1) * STEP)

export async function connected(options = {}) {
  const io = fakeIo()
  const coming = connectWith(io, { url: 'http://127.0.0.1:8000', ...options })
  const [socket] = io.sockets
  socket.connect()
  return { wildtrack: await coming, socket }
}

/** All events of an utterance, as [type, detail]. */
export function watch(utterance) {
  const events = []
  for (const type of ['started', 'chunk', 'done', 'cancelled', 'error']) {
    utterance.addEventListener(type, ({ detail }) => events.push([type, detail]))
  }
  return events
}

export const types = (events) => events.map(([type]) => type)
