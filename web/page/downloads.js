// Makes a file of a take and hands it to the browser. WAV and FLAC are made in the page; MP3 is FLAC that the server converts.
import { asProblem } from './link.js'

/** @typedef {'wav' | 'mp3' | 'flac'} FileFormat */
/** @typedef {import('./speaker.js').Recording} Recording */

/** @type {readonly FileFormat[]} */
export const FILE_FORMATS = ['wav', 'mp3', 'flac']

/**
 * @param {Pick<Recording, 'flacBlob' | 'wavBlob'>} recording
 * @param {FileFormat} format
 * @param {object} parts
 * @param {typeof fetch} parts.post how requests are made: the browser's `fetch`
 * @param {() => string | null} parts.readKey
 * @returns {Promise<Blob>}
 * @throws {import('./link.js').Problem} where the server refuses or does not answer
 */
export async function makeFile(recording, format, { post, readKey }) {
  if (format === 'wav') return recording.wavBlob()
  const flac = await recording.flacBlob()
  if (format === 'flac') return flac
  const key = readKey()
  const response = await post('/api/convert?format=mp3', {
    method: 'POST',
    headers: { 'Content-Type': 'audio/flac', ...(key ? { Authorization: `Bearer ${key}` } : {}) },
    body: flac,
  }).catch((error) => {
    throw problemOf({ ...asProblem(error), code: 'convert_failed' })
  })
  if (!response.ok) throw problemOf(await refusal(response))
  return response.blob()
}

/**
 * @param {Response} response
 * @returns {Promise<import('./link.js').Problem>}
 */
async function refusal(response) {
  const body = await response.json().catch(() => null)
  const known = typeof body?.error?.code === 'string'
  return known ? asProblem(body.error) : { code: 'convert_failed', message: response.statusText, retryable: true }
}

/** @param {import('./link.js').Problem} problem */
function problemOf({ message, ...rest }) {
  return Object.assign(new Error(message), rest)
}

/**
 * Saves a file under a name, as a click on a link would.
 * @param {Blob} blob
 * @param {string} name
 */
export function save(blob, name) {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  // The browser reads the blob after this task; a minute is far longer than it takes to begin.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}
