// Stop means now: in the ear, in the page, and for the server's work.

import assert from 'node:assert/strict'

import { longText } from '../support/texts.js'
import { recordElement, takeRecorded } from '../support/recorder.js'
import { testPage } from '../support/stage.js'
import { pause } from '../support/waiting.js'

testPage('stop in the middle is silence at once, and ends the work', async ({ server, open }) => {
  const visit = await open()
  const spokenBefore = server.streamsEnded
  await visit.choose('heart')
  await visit.paste(longText(3600))
  await recordElement(visit.page)
  await visit.click('Speak')
  await visit.heard('timeupdate')
  await visit.click('Stop')
  assert.deepEqual(await visit.player().then(({ paused, hasSource }) => ({ paused, hasSource })), {
    paused: true,
    hasSource: false,
  })
  assert.ok((await takeRecorded(visit.page)).some((value) => value !== 0), 'it had been heard')
  await pause(0.3)
  assert.ok((await takeRecorded(visit.page)).every((value) => value === 0), 'nothing more is heard')
  await visit.told('Stopped')

  const line = await server.streamEnded(spokenBefore)
  assert.equal(line.outcome, 'cancelled')
  assert.ok(line.audio_s < 60, `${line.audio_s} s of minutes were made`)

  await visit.write('Another one, then.')
  await visit.click('Speak')
  await visit.heard('ended')
  await visit.told('Finished')
})

testPage('a new text takes the place of the one that is spoken', async ({ server, open }) => {
  const visit = await open()
  const spokenBefore = server.streamsEnded
  await visit.choose('heart')
  await visit.paste(longText(3600))
  await visit.click('Speak')
  await visit.heard('timeupdate')
  await visit.paste('A short one.')
  await visit.page.keyboard.down('Control')
  await visit.page.keyboard.press('Enter')
  await visit.page.keyboard.up('Control')
  await visit.heard('ended')
  const outcomes = [await server.streamEnded(spokenBefore), await server.streamEnded(spokenBefore + 1)]
  assert.deepEqual(outcomes.map(({ outcome }) => outcome), ['cancelled', 'done'])
})
