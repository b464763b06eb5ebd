// The client: requests, routing by stream, credit, and what becomes of an utterance when things go wrong.

import assert from 'node:assert/strict'
import { mock, test } from 'node:test'

import { connectWith } from '../../web/client/client.js'
import { WildtrackError } from '../../web/client/wildtrack-error.js'
import { FakeMediaSource, settled } from './support/fake-media.js'
import { fakeIo, opened } from './support/fake-socket.js'
import { mseRig, playOn } from './support/mse-rig.js'
import { random, signal } from './support/signals.js'

const STEP = 2400
const chunkOf = (pcm, sequence) => pcm.subarray(sequence * STEP, (sequence + 1) * STEP)

async function connected(options = {}) {
  const io = fakeIo()
  const coming = connectWith(io, { url: 'http://127.0.0.1:8000', ...options })
  const [socket] = io.sockets
  socket.connect()
  return { wildtrack: await coming, socket }
}

/** All events of an utterance, as [type, detail]. */
function watch(utterance) {
  const events = []
  for (const type of ['started', 'chunk', 'done', 'cancelled', 'error']) {
    utterance.addEventListener(type, ({ detail }) => events.push([type, detail]))
  }
  return events
}

const types = (events) => events.map(([type]) => type)

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

test('a connection that breaks fails what was not answered yet, says so, and comes back', async () => {
  const { wildtrack, socket } = await connected()
  const states = []
  wildtrack.on('state', ({ state }) => states.push(state))
  const asking = wildtrack.speak({ text: 'Two.' })
  const events = watch(asking)
  socket.drop()
  await assert.rejects(asking.finished, { code: 'connection_lost', retryable: true })
  assert.deepEqual(types(events), ['error'])
  socket.connect()
  assert.deepEqual(socket.all('resume'), [])
  const again = wildtrack.speak({ text: 'Three.' })
  socket.answer(opened('s2'))
  assert.equal(again.streamId, 's2')
  socket.drop({ forGood: true })
  await assert.rejects(again.finished, { code: 'connection_lost' })
  assert.deepEqual(states, ['reconnecting', 'connected', 'disconnected'])
})

test('what is being spoken goes on where it was, however often the connection breaks', async () => {
  const { wildtrack, socket } = await connected()
  const pcm = { a: signal('a steady voice', 6 * STEP, 1), b: signal('loud noise', 6 * STEP, 1) }
  const [a, b] = [wildtrack.speak({ text: 'One.' }), wildtrack.speak({ text: 'Two.' })]
  const heard = [watch(a), watch(b)]
  socket.answer(opened('a'))
  socket.answer(opened('b'))
  socket.chunk('a', 0, chunkOf(pcm.a, 0))
  for (let n = 0; n < 3; n++) socket.chunk('b', n, chunkOf(pcm.b, n))
  socket.drop()
  socket.connect()
  socket.drop() // before it was answered
  socket.connect()
  const points = [
    { stream_id: 'a', stream_token: 'token of a', next_sample: STEP },
    { stream_id: 'b', stream_token: 'token of b', next_sample: 3 * STEP },
  ]
  assert.deepEqual(socket.all('resume'), [...points, ...points])
  socket.answer(opened('a'))
  socket.answer(opened('b'))
  for (let n = 1; n < 6; n++) socket.chunk('a', n - 1, chunkOf(pcm.a, n), n * STEP)
  for (let n = 3; n < 6; n++) socket.chunk('b', n - 3, chunkOf(pcm.b, n), n * STEP)
  for (const id of ['a', 'b']) socket.happen('done', { stream_id: id, total_samples: 6 * STEP })
  await Promise.all([a.finished, b.finished])
  for (const [n, id] of ['a', 'b'].entries()) {
    const got = heard[n].filter(([type]) => type === 'chunk').flatMap(([, detail]) => [...detail.pcm])
    assert.deepEqual(Int16Array.from(got), pcm[id])
  }
})

test('a stream that the server does not know any more has lost its connection for good', async () => {
  const { wildtrack, socket } = await connected()
  const utterance = wildtrack.speak({ text: 'One.' })
  socket.answer(opened('s1'))
  socket.drop()
  socket.connect()
  socket.answer({ error: { code: 'stream_not_found', message: 'No.', retryable: false } })
  await assert.rejects(utterance.finished, { code: 'connection_lost', retryable: true })
})

test('a connection that does not come back is waited for, but not for ever', async () => {
  mock.timers.enable({ apis: ['setTimeout'] })
  try {
    const { wildtrack, socket } = await connected()
    const utterance = wildtrack.speak({ text: 'One.' })
    socket.answer(opened('s1'))
    socket.drop()
    mock.timers.tick(29_000)
    assert.equal(utterance.over, false)
    mock.timers.tick(1000)
    await assert.rejects(utterance.finished, { code: 'connection_lost', retryable: true })
  } finally {
    mock.timers.reset()
  }
})

test('credit for what came by an earlier connection is not given on a later one', async () => {
  const { wildtrack, socket } = await connected()
  const { player, audio } = mseRig()
  const utterance = wildtrack.speak({ text: 'A long text.', player })
  socket.answer(opened('s1'))
  const early = []
  for (let n = 0; n < 450; n++) early.push(socket.chunk('s1', n, new Int16Array(STEP)))
  await settled()
  const waiting = early.filter(({ acknowledged }) => acknowledged === 0)
  assert.ok(waiting.length > 0)
  socket.drop()
  socket.connect()
  await playOn(audio)
  assert.ok(waiting.every(({ acknowledged }) => acknowledged === 0))
  utterance.stop()
})

test('a server that refuses to take it back ends the connection for good', async () => {
  const { wildtrack, socket } = await connected()
  const states = []
  wildtrack.on('state', ({ state }) => states.push(state))
  socket.drop()
  socket.active = false
  socket.happen('connect_error', new Error('revoked'))
  assert.deepEqual(states, ['reconnecting', 'disconnected'])
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

test('with a player, what is heard is what was sent, and credit follows playback', async () => {
  const { wildtrack, socket } = await connected()
  const { player, audio, events: played } = mseRig()
  const utterance = wildtrack.speak({ text: 'A long text.', player })
  socket.answer(opened('s1'))
  const pcm = signal('soft noise on one channel', 420 * STEP, 1)
  for (let n = 0; n < 420; n++) socket.chunk('s1', n, chunkOf(pcm, n))
  await settled(200)
  assert.equal(socket.chunks.filter(({ acknowledged }) => acknowledged === 1).length, 400)
  await playOn(audio, 1)
  assert.equal(socket.chunks.filter(({ acknowledged }) => acknowledged === 1).length, 410)
  socket.happen('done', { stream_id: 's1', total_samples: 420 * STEP })
  await utterance.finished
  await settled()
  assert.ok(socket.chunks.every(({ acknowledged }) => acknowledged === 1))
  await playOn(audio)
  assert.equal(played.at(-1), 'ended')
  assert.ok(audio.heard.every((value, i) => value === pcm[i]))
  assert.equal(audio.heard.length, pcm.length)
})

test('the player begins before \'started\' is told, and its source opens within the call of speak', async () => {
  const { wildtrack, socket } = await connected()
  const { player } = mseRig()
  const utterance = wildtrack.speak({ text: 'Hello.', player })
  assert.equal(FakeMediaSource.made.length, 1)
  let recording
  utterance.addEventListener('started', () => (recording = player.recording))
  socket.answer(opened('s1', { sample_rate_hz: 48000, channels: 2 }))
  assert.equal(recording.sampleRateHz, 48000)
  assert.equal(recording.channels, 2)
  utterance.stop()
})

test('stop silences the player at once, also when all has come already', async () => {
  for (const whole of [false, true]) {
    const { wildtrack, socket } = await connected()
    const { player, audio } = mseRig()
    const utterance = wildtrack.speak({ text: 'Hello.', player })
    socket.answer(opened('s1'))
    for (let n = 0; n < 10; n++) socket.chunk('s1', n, new Int16Array(STEP))
    if (whole) socket.happen('done', { stream_id: 's1', total_samples: 10 * STEP })
    await settled()
    assert.ok(audio.advance(0.2) > 0)
    utterance.stop()
    assert.equal(audio.advance(0.2), 0)
    assert.equal(player.durationS, 1)
  }
})

test('a second text for the same player stops the first, whose late chunks are not heard', async () => {
  const { wildtrack, socket } = await connected()
  const { player, audio } = mseRig()
  const first = wildtrack.speak({ text: 'One.', player })
  socket.answer(opened('a'))
  socket.chunk('a', 0, signal('loud noise', STEP, 1))
  const second = wildtrack.speak({ text: 'Two.', player })
  await first.finished
  socket.chunk('a', 1, signal('loud noise', STEP, 1))
  socket.answer(opened('b'))
  socket.chunk('a', 2, signal('loud noise', STEP, 1))
  const pcm = signal('a steady voice', 5 * STEP, 1)
  for (let n = 0; n < 5; n++) socket.chunk('b', n, chunkOf(pcm, n))
  socket.happen('done', { stream_id: 'b', total_samples: 5 * STEP })
  await second.finished
  await settled()
  await playOn(audio)
  assert.deepEqual(Int16Array.from(audio.heard), pcm)
  assert.deepEqual(socket.all('cancel'), [{ stream_id: 'a' }])
  assert.ok(socket.chunks.every(({ acknowledged }) => acknowledged === 1))
})

test('whoever takes the player by other means ends the utterance that had it', async () => {
  const { wildtrack, socket } = await connected()
  const { player } = mseRig()
  const utterance = wildtrack.speak({ text: 'One.', player })
  const events = watch(utterance)
  socket.answer(opened('a'))
  socket.chunk('a', 0, new Int16Array(STEP))
  player.begin({ sampleRateHz: 24000, channels: 1 })
  socket.chunk('a', 1, new Int16Array(STEP))
  await utterance.finished
  assert.deepEqual(types(events), ['started', 'chunk', 'cancelled'])
  assert.equal(player.durationS, 0)
  assert.ok(socket.chunks.every(({ acknowledged }) => acknowledged === 1))
})

test('a connection that is lost for good lets what has come play to its end', async () => {
  const { wildtrack, socket } = await connected()
  const { player, audio, events: played } = mseRig()
  const utterance = wildtrack.speak({ text: 'Hello.', player })
  socket.answer(opened('s1'))
  const pcm = signal('a steady voice', 5 * STEP, 1)
  for (let n = 0; n < 5; n++) socket.chunk('s1', n, chunkOf(pcm, n))
  socket.drop({ forGood: true })
  await assert.rejects(utterance.finished, { code: 'connection_lost' })
  await settled()
  await playOn(audio)
  assert.deepEqual(Int16Array.from(audio.heard), pcm)
  assert.deepEqual(played, ['playing', 'ended'])
})

test('the server is told four times a second where playback is, until all is heard', async () => {
  mock.timers.enable({ apis: ['setInterval'] })
  try {
    const { wildtrack, socket } = await connected()
    const { player, audio } = mseRig()
    const utterance = wildtrack.speak({ text: 'Hello.', player })
    socket.answer(opened('s1'))
    for (let n = 0; n < 10; n++) socket.chunk('s1', n, new Int16Array(STEP))
    await settled()
    audio.advance(0.5)
    mock.timers.tick(250)
    assert.deepEqual(socket.all('playback'), [{ stream_id: 's1', position_s: 0.5, underruns: 0 }])
    socket.happen('done', { stream_id: 's1', total_samples: 10 * STEP })
    await utterance.finished
    mock.timers.tick(250)
    assert.equal(socket.all('playback').length, 2)
    socket.connected = false
    mock.timers.tick(250)
    socket.connected = true
    assert.equal(socket.all('playback').length, 2)
    await settled()
    await playOn(audio)
    mock.timers.tick(1000)
    assert.equal(socket.all('playback').length, 2)
  } finally {
    mock.timers.reset()
  }
})
