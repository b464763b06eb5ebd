// What the client tells of words: options that are passed on, `timing` events that come once, and what is asked over HTTP.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { chunkOf, connected, STEP } from './support/client-rig.js'
import { opened } from './support/fake-socket.js'
import { signal } from './support/signals.js'

const clause = (start_character, start_sample) => ({
  start_character,
  end_character: start_character + 5,
  begins_sentence: true,
  start_sample,
  words: [{ start_character, end_character: start_character + 4, start_sample, n_samples: 1200 }],
})

test('how a text is to be said goes to the server as it was given', async () => {
  const { wildtrack, socket } = await connected()
  const said = { ssml: true, lexicon: { W3C: 'us' }, emotion: '开心', emotion_intensity: 80, pitch_semitones: -1.5, timings: ['words'] }
  wildtrack.speak({ text: '<speak>Hello.</speak>', language: undefined, ...said })
  assert.deepEqual(socket.all('synthesize'), [{ text: '<speak>Hello.</speak>', voice: 'default', speed: 1, seed: 0, ...said }])
})

test('each clause is told once, in order, also when the connection breaks in the middle of it', async () => {
  const { wildtrack, socket } = await connected()
  const utterance = wildtrack.speak({ text: 'One. Two. Six.', timings: ['words'] })
  const told = []
  utterance.addEventListener('timing', ({ detail }) => told.push(detail))
  const tell = (each) => socket.happen('timing', { stream_id: 's1', ...each })
  tell(clause(0, 0)) // before the answer
  socket.answer(opened('s1'))
  const pcm = signal('a steady voice', STEP, 1)
  socket.chunk('s1', 0, chunkOf(pcm, 0))
  tell(clause(5, 4000))
  socket.drop()
  socket.connect()
  socket.answer(opened('s1'))
  tell(clause(0, 0))
  tell(clause(5, 4000))
  tell(clause(10, 8000))
  assert.deepEqual(told, [clause(0, 0), clause(5, 4000), clause(10, 8000)])
  utterance.stop()
  tell(clause(15, 9000))
  assert.equal(told.length, 3)
})

test('readings, captions and emotions are asked over HTTP, with the key', async (t) => {
  const answers = [Response.json({ sentences: [{ text: 'a' }] }), new Response('WEBVTT\n'), Response.json({ emotions: [{ id: 'sad' }] })]
  const fetched = t.mock.method(globalThis, 'fetch', async () => answers.shift())
  const { wildtrack } = await connected({ apiKey: 'k' })
  assert.deepEqual(await wildtrack.reading({ text: 'a', ssml: false }), [{ text: 'a' }])
  assert.equal(await wildtrack.captions({ text: 'a', format: 'vtt' }), 'WEBVTT\n')
  assert.deepEqual(await wildtrack.emotions(), [{ id: 'sad' }])
  const asked = fetched.mock.calls.map(({ arguments: [url, { method, headers, body }] }) => [url.pathname, method, headers.Authorization, body])
  assert.deepEqual(asked, [
    ['/v1/text/reading', 'POST', 'Bearer k', '{"text":"a","ssml":false}'],
    ['/v1/audio/captions', 'POST', 'Bearer k', '{"text":"a","format":"vtt"}'],
    ['/v1/audio/emotions', undefined, 'Bearer k', undefined],
  ])
})

test('a refusal over HTTP keeps its code and sentence', async (t) => {
  const error = { code: 'invalid_ssml', message: 'The SSML is not right at line 2, column 5: a tag.', retryable: false }
  t.mock.method(globalThis, 'fetch', async () => Response.json({ error }, { status: 400 }))
  const { wildtrack } = await connected()
  await assert.rejects(wildtrack.reading({ text: '<a', ssml: true }), error)
})
