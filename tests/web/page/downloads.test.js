// Files of a take: WAV and FLAC from the page itself, MP3 from the server.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { TimedText } from '../../../web/client/timed-text.js'
import { CAPTION_FORMATS, FILE_FORMATS, makeCaptions, makeFile } from '../../../web/page/downloads.js'

const recording = {
  flacBlob: () => new Blob(['flac'], { type: 'audio/flac' }),
  wavBlob: async () => new Blob(['wav'], { type: 'audio/wav' }),
}
const unwanted = () => assert.fail('nothing should be sent')

test('WAV and FLAC are made without the server', async () => {
  for (const format of ['wav', 'flac']) {
    const file = await makeFile(recording, format, { post: unwanted, readKey: () => null })
    assert.equal(await file.text(), format)
  }
  assert.deepEqual(FILE_FORMATS, ['wav', 'mp3', 'flac'])
})

test('MP3 is the FLAC converted, with the key in a header where there is one', async () => {
  for (const key of [null, 'k']) {
    const post = async (url, { method, headers, body }) => {
      assert.equal(url, '/api/convert?format=mp3')
      assert.equal(method, 'POST')
      assert.equal(headers['Content-Type'], 'audio/flac')
      assert.equal(headers.Authorization, key ? 'Bearer k' : undefined)
      assert.equal(await body.text(), 'flac')
      return new Response('mp3')
    }
    const file = await makeFile(recording, 'mp3', { post, readKey: () => key })
    assert.equal(await file.text(), 'mp3')
  }
})

test('the server’s own refusal is passed on, anything else is told as a conversion that failed', async () => {
  const refusal = { error: { code: 'payload_too_large', message: 'Too long.', retryable: false } }
  const answers = [
    [() => Response.json(refusal, { status: 413 }), 'payload_too_large'],
    [() => new Response('<html>', { status: 502 }), 'convert_failed'],
    [() => Promise.reject(new TypeError('Failed to fetch')), 'convert_failed'],
  ]
  for (const [answer, code] of answers) {
    const post = async () => answer()
    await assert.rejects(makeFile(recording, 'mp3', { post, readKey: () => null }), { code })
  }
})

test('captions are made of what was told with the sound, without the server', async () => {
  const timed = new TimedText('<speak>Hi.</speak>', 1000)
  const words = [{ start_character: 7, end_character: 9, start_sample: 0, n_samples: 300 }]
  timed.add({ start_character: 7, end_character: 10, begins_sentence: true, start_sample: 0, words })
  const take = { timed, request: { ssml: true }, recording: { totalSamples: 400 } }
  const files = await Promise.all(CAPTION_FORMATS.map((format) => makeCaptions(take, format).text()))
  assert.equal(files[0], 'WEBVTT\n\n00:00:00.000 --> 00:00:00.300\nHi.\n')
  assert.equal(files[1], '1\n00:00:00,000 --> 00:00:00,300\nHi.\n')
  assert.equal(JSON.parse(files[2]).n_samples, 400)
})
