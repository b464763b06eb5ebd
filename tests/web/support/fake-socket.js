// A small, strict Socket.IO socket and a server's side of it: what a test says the server sends arrives, acknowledgements are kept.

class FakeSocket {
  connected = false
  active = true
  /** As socket.io-client's: another one for each connection, undefined between them. @type {string | undefined} */
  id = undefined
  connections = 0
  sent = []
  /** Of audio_chunk messages: {message, acknowledged: how often}. */
  chunks = []
  #listeners = new Map()
  #answers = []

  constructor(url, options) {
    this.url = url
    this.options = options
  }

  on(event, listener) {
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), { listener }])
    return this
  }

  once(event, listener) {
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), { listener, once: true }])
    return this
  }

  off(event) {
    this.#listeners.delete(event)
    return this
  }

  /** What a server, or the network, lets happen. */
  happen(event, ...args) {
    const listeners = this.#listeners.get(event) ?? []
    this.#listeners.set(event, listeners.filter(({ once }) => !once))
    for (const { listener } of listeners) listener(...args)
  }

  connect() {
    this.connected = true
    this.active = true
    this.id = `connection ${++this.connections}`
    this.happen('connect')
  }

  drop({ forGood = false } = {}) {
    this.connected = false
    this.id = undefined
    this.active = !forGood
    this.happen('disconnect', forGood ? 'io server disconnect' : 'transport close')
    for (const { answer } of this.#answers.splice(0)) answer(new Error('socket has been disconnected'))
  }

  close() {
    this.connected = this.active = false
    this.closed = true
  }

  emit(event, data, answer) {
    this.sent.push([event, structuredClone(data)])
    if (answer) this.#answers.push({ answer })
  }

  timeout(ms) {
    if (!(ms > 0)) throw new Error('no time to answer')
    return this
  }

  /** Answers the oldest request that has none. */
  answer(body) {
    this.#answers.shift().answer(null, body)
  }

  silence() {
    this.#answers.shift().answer(new Error('operation has timed out'))
  }

  chunk(stream_id, sequence, pcm, start_sample = sequence * pcm.length) {
    const entry = { message: { stream_id, sequence, start_sample, pcm: pcm.slice().buffer }, acknowledged: 0 }
    this.chunks.push(entry)
    this.happen('audio_chunk', entry.message, () => entry.acknowledged++)
    return entry
  }

  all(event) {
    return this.sent.filter(([name]) => name === event).map(([, data]) => data)
  }
}

/** An `io` that keeps the sockets it made. */
export function fakeIo() {
  const io = (url, options) => {
    const socket = new FakeSocket(url, options)
    io.sockets.push(socket)
    return socket
  }
  /** @type {FakeSocket[]} */
  io.sockets = []
  return io
}

/** The answer to `synthesize`. */
export const opened = (stream_id, more = {}) => ({
  stream_id,
  stream_token: `token of ${stream_id}`,
  sample_rate_hz: 24000,
  channels: 1,
  voice: 'heart',
  requested_voice: 'default',
  language: 'en',
  notice: null,
  ...more,
})
