// The page's connection: tried until it stands, locked where a key is wanted, opened anew with one.

import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'

import { Link, asProblem } from '../../../web/page/link.js'

class FakeClient {
  isClosed = false
  on(type, listen) {
    this.say = (state) => listen({ state })
  }
  close() {
    this.isClosed = true
  }
}

/** Lets every promise that can settle do so. */
const settle = () => new Promise((resolve) => setImmediate(resolve))

let attempts, waits, states, key, link

beforeEach(() => {
  attempts = []
  waits = []
  states = []
  key = null
  link = new Link({
    connect: (options) =>
      new Promise((resolve, reject) => {
        const client = new FakeClient()
        attempts.push({ options, client, accept: () => resolve(client), refuse: (code) => reject({ code, message: code }) })
      }),
    readKey: () => key,
    wait: (seconds) => new Promise((resolve) => waits.push({ seconds, over: resolve })),
  })
  link.addEventListener('state', () => states.push(link.state))
})

test('an open connection is handed to all who waited for it', async () => {
  const waiting = [link.ready(), link.ready()]
  void link.open()
  attempts[0].accept()
  const { client } = attempts[0]
  assert.deepEqual(await Promise.all([...waiting, link.ready()]), [client, client, client])
  assert.deepEqual(states, ['connected'])
})

test('a server that does not answer is tried again, ever more slowly but never rarely', async () => {
  void link.open()
  for (let attempt = 0; attempt < 6; attempt += 1) {
    attempts[attempt].refuse('connection_failed')
    await settle()
    waits[attempt].over()
    await settle()
  }
  assert.deepEqual(waits.map(({ seconds }) => seconds), [1, 2, 4, 8, 8, 8])
  assert.deepEqual(states, ['unreachable'])
  assert.equal(link.problem.code, 'connection_failed')
  attempts[6].accept()
  await settle()
  assert.equal(link.state, 'connected')
})

test('a server that wants a key is left alone until there is one', async () => {
  void link.open()
  attempts[0].refuse('unauthorized')
  await settle()
  assert.equal(link.state, 'locked')
  assert.equal(attempts.length, 1)
  key = 'k'
  void link.open()
  assert.deepEqual(attempts[1].options, { apiKey: 'k' })
  attempts[1].accept()
  await settle()
  assert.deepEqual(states, ['locked', 'connecting', 'connected'])
})

test('a connection that comes too late is closed', async () => {
  void link.open()
  void link.open()
  attempts[1].accept()
  attempts[0].accept()
  await settle()
  assert.equal(link.client, attempts[1].client)
  assert.equal(attempts[0].client.isClosed, true)
})

test('a lost connection is told of, and one that is given up is opened afresh', async () => {
  void link.open()
  attempts[0].accept()
  await settle()
  attempts[0].client.say('reconnecting')
  attempts[0].client.say('connected')
  attempts[0].client.say('disconnected')
  assert.deepEqual(states, ['connected', 'reconnecting', 'connected', 'connecting'])
  assert.equal(link.client, null)
  assert.equal(attempts.length, 2)
  attempts[0].client.say('connected')
  assert.equal(link.state, 'connecting')
})

test('anything thrown becomes a problem that can be shown', () => {
  assert.deepEqual(asProblem({ code: 'a', message: 'b', retryable: false }), { code: 'a', message: 'b', retryable: false })
  assert.equal(asProblem(new TypeError('broken')).message, 'broken')
  assert.equal(asProblem(undefined).code, 'internal_error')
  assert.equal(asProblem('words').message, 'words')
})
