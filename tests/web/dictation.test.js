// An utterance that one can write into: what is sent of it, in which order, once, whatever happens to the connection.

import assert from 'node:assert/strict'
import { afterEach, beforeEach, mock, test } from 'node:test'

import { connectWith } from '../../web/client/client.js'
import { fakeIo, opened } from './support/fake-socket.js'
import { random } from './support/signals.js'

beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }))
afterEach(() => mock.timers.reset())

/** The time after which the next message may go. */
const rest = () => mock.timers.tick(20)

async function dictating(request) {
  const io = fakeIo()
  const coming = connectWith(io, { url: 'http://127.0.0.1:8000' })
  const [socket] = io.sockets
  socket.connect()
  const wildtrack = await coming
  return { socket, wildtrack, dictation: wildtrack.dictate(request) }
}

/** What was sent as `text`, without the stream's name. */
const texts = (socket) => socket.all('text').map(({ stream_id, text, flush, end }) => {
  assert.equal(stream_id, 's1')
  return `${text}${flush ? '|' : ''}${end ? '#' : ''}`
})

test('it asks for a stream whose text follows, and begins with what is known of it', async () => {
  const { socket, wildtrack } = await dictating({ voice: 'heart', language: 'en' })
  wildtrack.dictate({ text: 'Well, ' })
  assert.deepEqual(socket.all('synthesize'), [
    { text: '', voice: 'heart', speed: 1, seed: 0, language: 'en', incremental: true },
    { text: 'Well, ', voice: 'default', speed: 1, seed: 0, incremental: true },
  ])
})

test('what is written before the answer goes together, and then piece by piece', async () => {
  const { socket, dictation } = await dictating()
  dictation.write('Good ')
  dictation.write('mor')
  assert.deepEqual(texts(socket), [])
  socket.answer(opened('s1'))
  rest()
  dictation.write('ning. ')
  rest()
  dictation.write('今天')
  rest()
  dictation.write('')
  dictation.end('天气很好。')
  dictation.write('never said')
  dictation.end()
  assert.deepEqual(texts(socket), ['Good mor', 'ning. ', '今天', '天气很好。#'])
})

test('a quick writer sends fifty messages a second, and what it flushes at once', async () => {
  const { socket, dictation } = await dictating()
  socket.answer(opened('s1'))
  dictation.write('One ')
  dictation.write('two ')
  dictation.write('three ')
  assert.deepEqual(texts(socket), ['One '])
  rest()
  assert.deepEqual(texts(socket), ['One ', 'two three '])
  dictation.write('four')
  void dictation.flush()
  assert.deepEqual(texts(socket), ['One ', 'two three ', 'four|'])
  rest()
  dictation.write('five')
  dictation.stop()
  rest()
  assert.deepEqual(texts(socket), ['One ', 'two three ', 'four|', 'five'])
})

test('a flush is answered when all its sound has come, once', async () => {
  const { socket, dictation } = await dictating()
  const events = []
  dictation.addEventListener('flushed', ({ detail }) => events.push(detail))
  dictation.write('One.')
  const first = dictation.flush()
  const second = dictation.flush()
  socket.answer(opened('s1'))
  assert.deepEqual(texts(socket), ['One.|', '|'])
  socket.happen('flushed', { stream_id: 's1', flush: 0, start_sample: 4800 })
  socket.happen('flushed', { stream_id: 's1', flush: 0, start_sample: 4800 })
  socket.happen('flushed', { stream_id: 'nobody', flush: 1, start_sample: 4800 })
  assert.deepEqual(await first, { flush: 0, start_sample: 4800 })
  socket.happen('flushed', { stream_id: 's1', flush: 1, start_sample: 4800 })
  assert.deepEqual(await second, { flush: 1, start_sample: 4800 })
  assert.equal(events.length, 2)
})

test('stop settles what waits, and nothing is sent any more', async () => {
  const { socket, dictation } = await dictating()
  socket.answer(opened('s1'))
  const flushed = dictation.flush()
  dictation.stop()
  dictation.write('never said')
  assert.equal(await flushed, null)
  assert.equal(await dictation.flush(), null)
  assert.deepEqual(texts(socket), ['|'])
})

test('a text that is refused ends it, since a text with a gap is none', async () => {
  const { socket, dictation } = await dictating()
  socket.answer(opened('s1'))
  dictation.write('One.')
  const flushed = dictation.flush()
  socket.answer({ error: { code: 'rate_limited', message: 'Slower.', retryable: true } })
  await assert.rejects(dictation.finished, { code: 'rate_limited', retryable: true })
  await assert.rejects(flushed, { code: 'rate_limited' })
  assert.deepEqual(socket.all('cancel'), [{ stream_id: 's1' }])
})

test('halves of a character wait for each other, and one that stays alone is replaced', async () => {
  const { socket, dictation } = await dictating()
  socket.answer(opened('s1'))
  const [high, low] = '😀'.split('')
  dictation.write(`Hi ${high}`)
  rest()
  dictation.write(`${low} you`)
  rest()
  dictation.write(high)
  dictation.end()
  assert.deepEqual(texts(socket), ['Hi ', '😀 you', '\ufffd#'])
})

test('very long texts go in messages that the server takes, and never cut a character', async () => {
  const { socket, dictation } = await dictating()
  socket.answer(opened('s1'))
  const text = `x${'😀'.repeat(20_000)}`
  dictation.write(text)
  for (let n = 0; n < 5; n++) rest()
  const sent = texts(socket)
  assert.ok(sent.length > 1)
  assert.ok(sent.every((piece) => piece.length <= 16_384 && !/\p{Surrogate}/u.test(piece)))
  assert.equal(sent.join(''), text)
})

test('no more than 32 messages are under way; what is written meanwhile goes together', async () => {
  const { socket, dictation } = await dictating()
  socket.answer(opened('s1'))
  for (let n = 0; n < 100; n++) {
    dictation.write(`${n} `)
    rest()
  }
  assert.equal(texts(socket).length, 32)
  socket.answer({ stream_id: 's1', texts: 1 })
  assert.equal(texts(socket).length, 33)
  assert.equal(texts(socket).join(''), Array.from({ length: 100 }, (_, n) => `${n} `).join(''))
})

test('however often the connection breaks, the server takes each message once and in order', async () => {
  for (let seed = 1; seed <= 40; seed++) {
    const next = random(seed)
    const { socket, dictation } = await dictating()
    const taken = []
    let seen = 0
    socket.answer(opened('s1'))
    /** The server takes some of what was sent on this connection, and answers some of that. */
    const serve = (most) => {
      const sent = socket.sent.slice(seen).filter(([event]) => event === 'text')
      seen = socket.sent.length
      for (const [n, [, { text }]] of sent.slice(0, most).entries()) {
        taken.push(text)
        if (n === 0 || next() < 0.5) socket.answer({ stream_id: 's1', texts: taken.length })
        else break
      }
      return sent.length
    }
    let written = ''
    for (let n = 0; n < 60; n++) {
      dictation.write(`${n} `)
      if (next() < 0.7) rest()
      written += `${n} `
      if (next() < 0.3 && serve(1) > 1) reconnect()
      if (next() < 0.1) {
        serve(Math.floor(3 * next()))
        reconnect()
      }
    }
    serve(0)
    reconnect()
    for (let sent = socket.sent.slice(seen); sent.length > 0; sent = socket.sent.slice(seen)) {
      seen = socket.sent.length
      for (const [, { text }] of sent) {
        taken.push(text)
        socket.answer({ stream_id: 's1', texts: taken.length })
      }
      rest()
    }
    assert.equal(taken.join(''), written)

    function reconnect() {
      socket.drop()
      dictation.write('- ')
      written += '- '
      socket.connect()
      seen = socket.sent.length
      socket.answer(opened('s1', { texts: taken.length }))
    }
  }
})
