// The server goes away while it speaks, and comes back.

import assert from 'node:assert/strict'

import { startServer } from '../support/server.js'
import { testPage } from '../support/stage.js'
import { longText } from '../support/texts.js'
import { setPlaybackRate } from '../support/visit.js'

testPage('a server that stops amid a text is missed calmly, and speaks again when back', async ({ open, atEnd }) => {
  const first = await startServer({ settings: { WILDTRACK_FOLEY: 'false' } })
  atEnd(() => first.stop())
  const { url, port } = first
  const visit = await open({ url })
  visit.watch.expected = [/WebSocket connection to .* failed/]
  const banner = (/** @type {RegExp} */ words) =>
    visit.page.waitForFunction(
      (source) => new RegExp(source).test(document.querySelector('#banner').textContent),
      {},
      words.source,
    )
  await visit.choose('heart')
  await visit.paste(longText(3600))
  await visit.click('Speak')
  await visit.heard('timeupdate')
  await first.stop()
  await banner(/connection is lost/)
  // Another server comes in its place, which knows nothing of the text.
  const second = await startServer({ port, settings: { WILDTRACK_FOLEY: 'false' } })
  atEnd(() => second.stop())
  await banner(/connection was lost/)
  await setPlaybackRate(visit.page, 16)
  const { positionS, buffered } = await visit.heard('ended')
  assert.ok(Math.abs(positionS - buffered[0][1]) < 1e-3, 'what had come was played to its end')

  const heardBefore = visit.media.length
  await setPlaybackRate(visit.page, 1)
  await visit.write('Here we are again.')
  await visit.click('Speak')
  await visit.heard('ended', heardBefore)
  await visit.told('Finished')
  await banner(/^$/)
  assert.equal((await second.streamEnded(0)).outcome, 'done')
})
