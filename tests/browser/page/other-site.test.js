// /wildtrack.js on pages of other sites: those that the server was told of may use it, others may not.

import assert from 'node:assert/strict'

import { testPage } from '../support/stage.js'

testPage('a page of a site that the server names speaks through /wildtrack.js', async ({ server, friend, open }) => {
  const path = `/?server=${server.url}`
  const visit = await open({ url: friend.url, path, origins: [server.url], untouched: true })
  const { page } = visit
  await page.waitForFunction(() => document.title === 'ready')
  assert.ok(await page.evaluate(() => window.voices.some(({ id }) => id === 'heart')))
  const spokenBefore = server.streamsEnded
  await page.click('button')
  await page.waitForFunction(() => document.title === 'heard')
  assert.equal(await page.evaluate(() => window.utterance.over), true)
  assert.equal((await server.streamEnded(spokenBefore)).outcome, 'done')
})

testPage('a page of any other site can neither load the client nor connect', async ({ server, stranger, open }) => {
  const path = `/?server=${server.url}`
  const visit = await open({ url: stranger.url, path, origins: [server.url], untouched: true })
  visit.watch.expected = [/CORS policy|ERR_FAILED|WebSocket connection to .* failed/]
  await visit.page.waitForFunction(() => document.title === 'refused')
  const refused = await visit.page.evaluate(async (url) => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`)
    const outcome = await new Promise((resolve) => {
      socket.onopen = () => resolve('open')
      socket.onerror = () => resolve('refused')
    })
    const request = (/** @type {string} */ path, options = {}) =>
      fetch(url + path, options).then(
        () => 'given',
        () => 'refused',
      )
    const body = JSON.stringify({ input: 'Hello.', model: 'tts-1', voice: 'heart' })
    return [outcome, await request('/v1/audio/voices'), await request('/v1/audio/speech', { method: 'POST', body })]
  }, server.url)
  assert.deepEqual(refused, ['refused', 'refused', 'refused'])
})
