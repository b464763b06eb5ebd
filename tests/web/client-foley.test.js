// The client's requests of Foley over HTTP: what is sent where, with which secrets, and what becomes of a refusal.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Foley } from '../../web/client/foley.js'
import { FakeUpload } from './support/fake-upload.js'

const url = 'http://127.0.0.1:8000'
const task = { task_id: 't1', token: 'secret' }
const refusal = { error: { code: 'task_not_found', message: 'There is no such task.', retryable: false } }

/** A server that gives these answers in turn, and keeps what it was asked. */
function answering(t, ...answers) {
  const asked = []
  t.mock.method(globalThis, 'fetch', async (address, init) => {
    asked.push({ address: String(address), ...init })
    const next = answers.shift()
    if (next instanceof Error) throw next
    return next
  })
  return asked
}

test('a timeline is read with the task’s token, and with the key where there is one', async (t) => {
  const timeline = { duration_s: 3, until_s: 3, events: [], beds: [], quality: { warnings: [] }, stems: ['hits'] }
  const asked = answering(t, Response.json(timeline), Response.json(timeline))
  assert.deepEqual(await new Foley({ url }).timeline(task), timeline)
  assert.equal(asked[0].address, `${url}/v1/video/foley/t1/timeline`)
  assert.deepEqual(asked[0].headers, { 'X-Task-Token': 'secret' })
  await new Foley({ url, apiKey: 'k3y' }).timeline(task)
  assert.deepEqual(asked[1].headers, { Authorization: 'Bearer k3y', 'X-Task-Token': 'secret' })
})

test('an edit sends events, beds and stems, and nothing that is the server’s own', async (t) => {
  const made = { task_id: 't2', token: 'other', cached: true }
  const asked = answering(t, Response.json(made, { status: 202 }), Response.json(made, { status: 202 }))
  const foley = new Foley({ url })
  const event = { onset_s: 1, label: 'impact' }
  const given = { events: [event], beds: [], duration_s: 3, until_s: 3 }
  assert.deepEqual(await foley.edit(task, given), made)
  assert.equal(asked[0].method, 'PUT')
  assert.equal(asked[0].headers['Content-Type'], 'application/json')
  assert.deepEqual(JSON.parse(asked[0].body), { events: [event], beds: [] })
  await foley.edit(task, { ...given, stems: ['steps'] })
  assert.deepEqual(JSON.parse(asked[1].body).stems, ['steps'])
})

test('each result has an address of its own', async (t) => {
  const results = ['wav', 'mp3', 'aac', 'flac', 'video', 'captions']
  const asked = answering(t, ...results.map((name) => new Response(name)))
  const foley = new Foley({ url })
  for (const name of results) assert.equal(await (await foley.download(task, name)).text(), name)
  const paths = ['audio?format=wav', 'audio?format=mp3', 'audio?format=aac', 'audio?format=flac', 'video', 'captions.vtt']
  assert.deepEqual(asked.map(({ address }) => address), paths.map((path) => `${url}/v1/video/foley/t1/${path}`))
})

test('captions come in the language that is asked for', async (t) => {
  const asked = answering(t, new Response('WEBVTT'))
  await new Foley({ url }).download(task, 'captions', { language: 'zh' })
  assert.equal(asked[0].address, `${url}/v1/video/foley/t1/captions.vtt?language=zh`)
})

test('a task is cancelled, or removed', async (t) => {
  const asked = answering(t, Response.json({ task_id: 't1', status: 'cancelled' }), Response.json({ task_id: 't1', deleted: true }))
  const foley = new Foley({ url })
  await foley.cancel(task)
  await foley.remove(task)
  const address = `${url}/v1/video/foley/t1`
  assert.deepEqual(asked.map((each) => [each.method, each.address]), [['POST', `${address}/cancel`], ['DELETE', address]])
})

test('what the server refuses is said in its words, and one that cannot be reached is told as such', async (t) => {
  answering(t, Response.json(refusal, { status: 404 }), new Response('<html>', { status: 502 }), new TypeError('failed'))
  const foley = new Foley({ url })
  await assert.rejects(foley.timeline(task), { name: 'WildtrackError', code: 'task_not_found', retryable: false })
  await assert.rejects(foley.timeline(task), { code: 'no_answer', retryable: true })
  await assert.rejects(foley.timeline(task), { code: 'connection_failed', retryable: true })
})

test('a video is handed in with the wishes before it and without its name, and tells how much was sent', async () => {
  const uploads = FakeUpload.install()
  try {
    const sent = []
    const wishes = { description: '雨', bed: false, bed_intensity: 0.25, seed: undefined }
    const video = new File(['bytes'], 'our wedding.mp4', { type: 'video/mp4' })
    const coming = new Foley({ url, apiKey: 'k3y' }).generate({ video, wishes, onUpload: (share) => sent.push(share) })
    const [upload] = uploads
    assert.deepEqual([upload.method, upload.address], ['POST', `${url}/start-generation/`])
    assert.deepEqual(upload.headers, { Authorization: 'Bearer k3y' })
    assert.deepEqual([...upload.body.keys()], ['description', 'bed', 'bed_intensity', 'video'])
    assert.equal(upload.body.get('bed'), 'false')
    assert.equal(upload.body.get('video').name, 'video')
    upload.progress(1, 4)
    upload.answer(202, JSON.stringify({ task_id: 't1', token: 'secret', ws_url: 'ws:', cached: false }))
    assert.equal((await coming).task_id, 't1')
    assert.deepEqual(sent, [0.25])
  } finally {
    FakeUpload.uninstall()
  }
})

test('an upload can be given up, refused and cut off', async () => {
  const uploads = FakeUpload.install()
  try {
    const foley = new Foley({ url })
    const video = new Blob(['bytes'])
    const giveUp = new AbortController()
    const reason = new Error('enough')
    const given = foley.generate({ video, signal: giveUp.signal })
    giveUp.abort(reason)
    await assert.rejects(given, reason)
    assert.equal(uploads[0].aborted, true)
    await assert.rejects(foley.generate({ video, signal: giveUp.signal }), reason)
    const large = foley.generate({ video })
    uploads[2].answer(413, JSON.stringify({ error: { code: 'payload_too_large', message: 'Too large.', retryable: false } }))
    await assert.rejects(large, { code: 'payload_too_large', message: 'Too large.' })
    const odd = foley.generate({ video })
    uploads[3].answer(200, 'hello')
    await assert.rejects(odd, { code: 'no_answer' })
    const cut = foley.generate({ video })
    uploads[4].fail()
    await assert.rejects(cut, { code: 'connection_failed', retryable: true })
  } finally {
    FakeUpload.uninstall()
  }
})
