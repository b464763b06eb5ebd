// The client when its connection breaks: what goes on, what is lost, and what is never mixed up.

import assert from 'node:assert/strict'
import { mock, test } from 'node:test'

import { chunkOf, connected, STEP, types, watch } from './support/client-rig.js'
import { settled } from './support/fake-media.js'
import { opened } from './support/fake-socket.js'
import { mseRig, playOn } from './support/mse-rig.js'
import { signal } from './support/signals.js'

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
