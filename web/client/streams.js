// Brings each message of the server to the utterance it belongs to, by its stream_id, and to no other.

/** @typedef {import('./utterance.js').Utterance} Utterance */

/**
 * A message for an utterance: what to do when it is found, and when there is none (any more).
 * @typedef {object} Delivery
 * @property {(utterance: Utterance) => void} deliver
 * @property {() => void} drop
 */

export class Streams {
  /** @type {Map<string, Utterance>} */
  #open = new Map()
  /** Utterances whose stream_id is not known yet. @type {Set<Utterance>} */
  #opening = new Set()
  /**
   * Messages that came before the answer which says whose they are. They are few: the server sends at most 16 messages
   * that nobody has acknowledged. @type {Map<string, Delivery[]>}
   */
  #early = new Map()

  /** All that may still get messages. */
  get all() {
    return new Set([...this.#opening, ...this.#open.values()])
  }

  /** @param {Utterance} utterance asked for, not answered yet */
  expect(utterance) {
    this.#opening.add(utterance)
  }

  /**
   * The answer came: from here on this stream is the utterance's.
   * @param {Utterance} utterance
   * @param {string | null} streamId null when it was refused
   */
  settle(utterance, streamId) {
    this.#opening.delete(utterance)
    if (streamId !== null) {
      this.#open.set(streamId, utterance)
      const early = this.#early.get(streamId) ?? []
      this.#early.delete(streamId)
      for (const { deliver } of early) deliver(utterance)
    }
    if (this.#opening.size === 0) this.#dropEarly()
  }

  /**
   * @param {string} streamId
   * @param {Delivery} delivery
   */
  bring(streamId, delivery) {
    const utterance = this.#open.get(streamId)
    if (utterance) delivery.deliver(utterance)
    else if (this.#opening.size > 0) this.#early.set(streamId, [...(this.#early.get(streamId) ?? []), delivery])
    else delivery.drop()
  }

  /** @param {string | null} streamId gets no more messages */
  forget(streamId) {
    if (streamId !== null) this.#open.delete(streamId)
  }

  /**
   * The connection broke: what was asked on it and not answered will not be.
   * @returns {Utterance[]}
   */
  dropUnanswered() {
    const unanswered = [...this.#opening]
    this.#opening.clear()
    this.#dropEarly()
    return unanswered
  }

  /** Nothing comes any more, of any stream. */
  clear() {
    this.#open.clear()
    this.#opening.clear()
    this.#dropEarly()
  }

  #dropEarly() {
    for (const deliveries of this.#early.values()) for (const { drop } of deliveries) drop()
    this.#early.clear()
  }
}
