// What is heard without being asked for in the text box: the voices' previews, and what was spoken before.

import assert from 'node:assert/strict'

import { testPage } from '../support/stage.js'

testPage('a voice introduces itself, and is asked of the server only once', async ({ server, open }) => {
  const visit = await open()
  const spokenBefore = server.streamsEnded
  await visit.choose('heart')
  for (let time = 0; time < 2; time += 1) {
    await visit.click('Preview')
    await visit.find('Stop preview')
    await visit.find('Preview')
  }
  assert.deepEqual(visit.media.filter(({ type }) => type === 'playing'), [], 'the transport is left alone')
  assert.equal((await server.streamEnded(spokenBefore)).outcome, 'done')
  assert.equal(server.streamsEnded, spokenBefore + 1)
})

testPage('what was spoken is heard again from the list, without the server', async ({ server, open }) => {
  const visit = await open()
  await visit.choose('heart')
  for (const text of ['The first of two.', 'And the second.']) {
    const from = visit.media.length
    await visit.write(text)
    await visit.click('Speak')
    await visit.heard('ended', from)
    await visit.find(`Play: ${text}`)
  }
  const spokenBefore = server.streamsEnded
  const from = visit.media.length
  await visit.click('Play: The first of two.')
  await visit.find('Pause: The first of two.')
  assert.ok((await visit.heard('ended', from)).positionS > 0.5)
  assert.equal(server.streamsEnded, spokenBefore)
  await visit.click('Use this text again: The first of two.')
  const text = await (await visit.find('Text', 'textbox')).evaluate((box) => box.value)
  assert.equal(text, 'The first of two.')
})
