// The client that anyone can import: connect to a Wildtrack server, speak, hear it while it is being made. docs/client.md
//
//   import { connect, createPlayer } from 'http://127.0.0.1:8000/wildtrack.js'
//   const player = await createPlayer({ audio: document.querySelector('audio') })
//   const wildtrack = await connect()
//   button.onclick = () => wildtrack.speak({ text: 'Hello.', player })

import { connectWith } from './client/client.js'
import { io } from './vendor/socket.io.esm.min.js'

export { WildtrackError } from './client/wildtrack-error.js'
export { TimedText } from './client/timed-text.js'
export { asJson, asSrt, asWebVtt, cueAt, cuesOf } from './client/subtitles.js'
export { createPlayer } from './player/player.js'

/** @typedef {import('./client/client.js').ConnectOptions} ConnectOptions */
/** @typedef {import('./client/client.js').DictateRequest} DictateRequest */
/** @typedef {import('./client/client.js').SpeakRequest} SpeakRequest */
/** @typedef {import('./client/client.js').CaptionsRequest} CaptionsRequest */
/** @typedef {import('./client/client.js').Emotion} Emotion */
/** @typedef {import('./client/client.js').ReadingRequest} ReadingRequest */
/** @typedef {import('./client/client.js').SentenceReading} SentenceReading */
/** @typedef {import('./client/client.js').Voice} Voice */
/** @typedef {import('./client/timed-text.js').Clause} Clause */
/** @typedef {import('./client/client.js').Wildtrack} Wildtrack */
/** @typedef {import('./client/dictation.js').Dictation} Dictation */
/** @typedef {import('./client/foley.js').Foley} Foley */
/** @typedef {import('./client/foley.js').Task} Task */
/** @typedef {import('./client/utterance.js').Utterance} Utterance */
/** @typedef {import('./client/watching.js').Watching} Watching */

/**
 * @param {ConnectOptions} [options]
 * @returns {Promise<Wildtrack>} rejects with WildtrackError: `connection_failed`, or what the server said, as `unauthorized`
 */
export function connect({ url = new URL('.', import.meta.url).origin, ...options } = {}) {
  return connectWith(io, { url, ...options })
}
