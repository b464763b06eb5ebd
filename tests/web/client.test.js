// The client: requests, routing by stream, and what becomes of an utterance when things go wrong.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { connectWith } from '../../web/client/client.js'
import { WildtrackError } from '../../web/client/wildtrack-error.js'
import { chunkOf, connected, STEP, types, watch } from './support/client-rig.js'
import { fakeIo, opened } from './support/fake-socket.js'
import { random, signal } from './support/signals.js'

test('it connects by websocket only, with the key in the auth payload', async () => {
  const { socket } = await connected({ apiKey: 'k3y', path: '/live' })
  assert.deepEqual(socket.options.transports, ['websocket'])
  assert.deepEqual(socket.options.auth, { api_key: 'k3y' })
  assert.equal(socket.options.path, '/live')
})

test('a server that refuses is quoted, one that is not there is told as such; neither is tried again', async () => {
  const io = fakeIo()
  const refused = connectWith(io, { url: 'http://127.0.0.1:8000' })
  const data = { code: 'unauthorized', message: 'Send an API key.', retryable: false }
  io.sockets[0].happen('connect_error', Object.assign(new Error('no'), { data }))
  await assert.rejects(refused, (error) => error instanceof WildtrackError && error.code === 'unauthorized' && !error.retryable)
  const absent = connectWith(io, { url: 'http://127.0.0.1:8000' })
  io.sockets[1].happen('connect_error', new Error('websocket error'))
  await assert.rejects(absent, { name: 'WildtrackError', code: 'connection_failed', retryable: true })
  assert.ok(io.sockets.every(({ closed }) => closed))
})

test('a text is spoken: started, chunks in order, done, and each chunk is acknowledged once', async () => {
  const { wildtrack, socket } = await connected()
  const utterance = wildtrack.speak({ text: 'Hello.', voice: 'heart', speed: 1.5 })
  const events = watch(utterance)
  assert.deepEqual(socket.all('synthesize'), [{ text: 'Hello.', voice: 'heart', speed: 1.5, seed: 0 }])
  socket.answer(opened('s1'))
  const pcm = signal('a steady voice', 2 * STEP, 1)
  socket.chunk('s1', 0, chunkOf(pcm, 0))
  socket.chunk('s1', 1, chunkOf(pcm, 1))
  socket.happen('done', { stream_id: 's1', total_samples: 2 * STEP })
  await utterance.finished
  assert.deepEqual(types(events), ['started', 'chunk', 'chunk', 'done'])
  assert.deepEqual(events[0][1], opened('s1'))
  assert.deepEqual(events[2][1], { pcm: chunkOf(pcm, 1), start_sample: STEP, sequence: 1 })
  assert.deepEqual(events[3][1], { total_samples: 2 * STEP })
  assert.deepEqual(socket.chunks.map(({ acknowledged }) => acknowledged), [1, 1])
  assert.equal(utterance.over, true)
})

test('a language is sent only where it is given', async () => {
  const { wildtrack, socket } = await connected()
  wildtrack.speak({ text: '你好。', language: 'zh' })
  assert.equal(socket.all('synthesize')[0].language, 'zh')
  assert.equal(socket.all('synthesize')[0].voice, 'default')
})

test('chunks that come before the answer to the request are neither lost nor mixed up', async () => {
  const { wildtrack, socket } = await connected()
  const first = watch(wildtrack.speak({ text: 'One.' }))
  const second = watch(wildtrack.speak({ text: 'Two.' }))
  const [one, two] = [signal('a steady voice', STEP, 1), signal('loud noise', STEP, 1)]
  socket.chunk('b', 0, two)
  socket.chunk('a', 0, one)
  socket.happen('done', { stream_id: 'b', total_samples: STEP })
  socket.chunk('nobody', 0, one)
  assert.deepEqual(socket.chunks.map(({ acknowledged }) => acknowledged), [0, 0, 0])
  socket.answer(opened('a'))
  socket.answer(opened('b'))
  assert.deepEqual(types(first), ['started', 'chunk'])
  assert.deepEqual(types(second), ['started', 'chunk', 'done'])
  assert.deepEqual(first[1][1].pcm, one)
  assert.deepEqual(second[1][1].pcm, two)
  assert.deepEqual(socket.chunks.map(({ acknowledged }) => acknowledged), [1, 1, 1])
})

test('several utterances at once get each their own, however their chunks are shuffled', async () => {
  const next = random(5)
  const { wildtrack, socket } = await connected()
  const streams = Array.from({ length: 5 }, (_, n) => {
    const pcm = signal('loud noise', 12 * STEP, 1, n + 1)
    const events = watch(wildtrack.speak({ text: `${n}` }))
    return { id: `s${n}`, pcm, events, sent: 0 }
  })
  for (const { id } of streams) socket.answer(opened(id))
  for (let left = streams; left.length > 0; left = left.filter(({ sent }) => sent < 12)) {
    const stream = left[Math.floor(next() * left.length)]
    socket.chunk(stream.id, stream.sent, chunkOf(stream.pcm, stream.sent))
    stream.sent++
  }
  for (const { pcm, events } of streams) {
    const got = events.filter(([type]) => type === 'chunk').flatMap(([, detail]) => [...detail.pcm])
    assert.deepEqual(Int16Array.from(got), pcm)
  }
  assert.ok(socket.chunks.every(({ acknowledged }) => acknowledged === 1))
})

test('Node gives bytes at odd places: they are read as the samples they are', async () => {
  const { wildtrack, socket } = await connected()
  const events = watch(wildtrack.speak({ text: 'Hello.' }))
  socket.answer(opened('s1'))
  const pcm = signal('a steady voice', 100, 1)
  const bytes = Buffer.alloc(201)
  bytes.set(new Uint8Array(pcm.buffer), 1)
  socket.happen('audio_chunk', { stream_id: 's1', sequence: 0, start_sample: 0, pcm: bytes.subarray(1) }, () => {})
  assert.deepEqual(events[1][1].pcm, pcm)
})

test('stop cancels, and what still comes is acknowledged all the same', async () => {
  const { wildtrack, socket } = await connected()
  const utterance = wildtrack.speak({ text: 'Hello.' })
  const events = watch(utterance)
  socket.answer(opened('s1'))
  socket.chunk('s1', 0, new Int16Array(STEP))
  utterance.stop()
  utterance.stop()
  await utterance.finished
  socket.chunk('s1', 1, new Int16Array(STEP))
  socket.happen('done', { stream_id: 's1', total_samples: 2 * STEP })
  assert.deepEqual(socket.all('cancel'), [{ stream_id: 's1' }])
  assert.deepEqual(types(events), ['started', 'chunk', 'cancelled'])
  assert.deepEqual(socket.chunks.map(({ acknowledged }) => acknowledged), [1, 1])
})

test('stop before the answer cancels as soon as the stream has a name', async () => {
  const { wildtrack, socket } = await connected()
  const utterance = wildtrack.speak({ text: 'Hello.' })
  const events = watch(utterance)
  utterance.stop()
  assert.deepEqual(socket.all('cancel'), [])
  socket.chunk('s1', 0, new Int16Array(STEP))
  socket.answer(opened('s1'))
  socket.chunk('s1', 1, new Int16Array(STEP))
  assert.deepEqual(socket.all('cancel'), [{ stream_id: 's1' }])
  assert.deepEqual(types(events), ['cancelled'])
  assert.deepEqual(socket.chunks.map(({ acknowledged }) => acknowledged), [1, 1])
})

test('a refusal of the server is the error, with all that it says', async () => {
  const { wildtrack, socket } = await connected()
  const utterance = wildtrack.speak({ text: '' })
  const events = watch(utterance)
  const problem = { code: 'overloaded', message: 'Come back soon.', retryable: true, retry_after_s: 2 }
  socket.answer({ error: problem })
  await assert.rejects(utterance.finished, { code: 'overloaded', retryable: true, retry_after_s: 2 })
  assert.deepEqual(events, [['error', problem]])
})

test('an error in the middle ends that stream and no other', async () => {
  const { wildtrack, socket } = await connected()
  const [first, second] = [wildtrack.speak({ text: 'One.' }), wildtrack.speak({ text: 'Two.' })]
  socket.answer(opened('a'))
  socket.answer(opened('b'))
  socket.happen('error', { stream_id: 'a', code: 'internal_error', message: 'It broke.', retryable: true })
  await assert.rejects(first.finished, { code: 'internal_error' })
  assert.equal(second.over, false)
})

test('an error of no stream is told by the connection', async () => {
  const { wildtrack, socket } = await connected()
  const problems = []
  const off = wildtrack.on('error', (problem) => problems.push(problem))
  const problem = { code: 'invalid_request', message: 'What?', retryable: false }
  socket.happen('error', { stream_id: null, ...problem })
  off()
  socket.happen('error', { stream_id: null, ...problem })
  assert.deepEqual(problems, [problem])
})

test('sound that does not follow on what came before ends the utterance, and is never passed on', async () => {
  for (const [start, pcm] of [
    [STEP + 1, new Int16Array(STEP)],
    [0, new Int16Array(STEP)],
  ]) {
    const { wildtrack, socket } = await connected()
    const utterance = wildtrack.speak({ text: 'Hello.' })
    const events = watch(utterance)
    socket.answer(opened('s1'))
    socket.chunk('s1', 0, new Int16Array(STEP))
    socket.chunk('s1', 1, pcm, start)
    await assert.rejects(utterance.finished, { code: 'broken_stream', retryable: true })
    assert.deepEqual(types(events), ['started', 'chunk', 'error'])
    assert.deepEqual(socket.all('cancel'), [{ stream_id: 's1' }])
    assert.deepEqual(socket.chunks.map(({ acknowledged }) => acknowledged), [1, 1])
  }
})

test('an end before all has come is an error', async () => {
  const { wildtrack, socket } = await connected()
  const utterance = wildtrack.speak({ text: 'Hello.' })
  socket.answer(opened('s1'))
  socket.happen('done', { stream_id: 's1', total_samples: 5 })
  await assert.rejects(utterance.finished, { code: 'broken_stream' })
})

test('an answer that never comes, or makes no sense, is an error', async () => {
  const { wildtrack, socket } = await connected()
  const [mute, odd] = [wildtrack.speak({ text: 'One.' }), wildtrack.speak({ text: 'Two.' })]
  socket.silence()
  socket.answer({ hello: 'world' })
  await assert.rejects(mute.finished, { code: 'no_answer', retryable: true })
  await assert.rejects(odd.finished, { code: 'broken_stream', retryable: false })
})

test('close stops all, and says nothing more', async () => {
  const { wildtrack, socket } = await connected()
  const states = []
  wildtrack.on('state', ({ state }) => states.push(state))
  const utterance = wildtrack.speak({ text: 'Hello.' })
  socket.answer(opened('s1'))
  wildtrack.close()
  await utterance.finished
  socket.drop()
  assert.deepEqual(socket.all('cancel'), [{ stream_id: 's1' }])
  assert.deepEqual(states, [])
  assert.equal(socket.closed, true)
})

test('voices are fetched with the key, and a refusal is told in the server\'s words', async () => {
  const { wildtrack } = await connected({ apiKey: 'k3y' })
  const real = globalThis.fetch
  const asked = []
  let answer = new Response(JSON.stringify({ voices: [{ id: 'heart' }] }))
  globalThis.fetch = async (url, options) => {
    asked.push([url.href, options.headers])
    if (!answer) throw new TypeError('fetch failed')
    return answer
  }
  try {
    assert.deepEqual(await wildtrack.voices(), [{ id: 'heart' }])
    assert.deepEqual(asked, [['http://127.0.0.1:8000/v1/audio/voices', { Authorization: 'Bearer k3y' }]])
    const error = { code: 'unauthorized', message: 'Send an API key.', retryable: false, type: 'authentication_error' }
    answer = new Response(JSON.stringify({ error }), { status: 401 })
    await assert.rejects(wildtrack.voices(), { code: 'unauthorized', message: 'Send an API key.' })
    answer = new Response('<html>', { status: 502 })
    await assert.rejects(wildtrack.voices(), { code: 'connection_failed' })
    answer = null
    await assert.rejects(wildtrack.voices(), { code: 'connection_failed', retryable: true })
  } finally {
    globalThis.fetch = real
  }
})
