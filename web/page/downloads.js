// Makes a file of a take and hands it to the browser: its sound, where MP3 is FLAC that the server converts, or its words' times.
import { asJson, asSrt, asWebVtt, cuesOf } from '../client/subtitles.js'
import { asProblem } from './link.js'

/** @typedef {'wav' | 'mp3' | 'flac'} FileFormat */
/** @typedef {'vtt' | 'srt' | 'json'} CaptionFormat */
/** @typedef {import('./speaker.js').Recording} Recording */
/** @typedef {import('./speaker.js').Take} Take */

/** @type {readonly FileFormat[]} */
export const FILE_FORMATS = ['wav', 'mp3', 'flac']
/** @type {readonly CaptionFormat[]} */
export const CAPTION_FORMATS = ['vtt', 'srt', 'json']

const CAPTION_TYPES = { vtt: 'text/vtt', srt: 'application/x-subrip', json: 'application/json' }

/**
 * When the words of a take are heard, from what was told of it: the server is not asked.
 * @param {Pick<Take, 'timed' | 'request'> & {recording: Pick<Recording, 'totalSamples'>}} take
 * @param {CaptionFormat} format
 */
export function makeCaptions({ timed, request, recording }, format) {
  const cues = cuesOf(timed, { ssml: request.ssml })
  const makers = { vtt: () => asWebVtt(cues), srt: () => asSrt(cues), json: () => asJson(timed, recording.totalSamples) }
  return new Blob([makers[format]()], { type: CAPTION_TYPES[format] })
}

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
