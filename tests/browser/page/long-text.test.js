// A reading of several minutes: more than the page keeps in the browser's buffer, played on to its end and sought in.

import assert from 'node:assert/strict'

import { decodeWithFfmpeg, withoutFfmpeg } from '../../web/support/ffmpeg.js'
import { withoutChromium } from '../support/browsers.js'
import { asIntegers, assertSameSamples, findStretch, spokenBy, trimmed } from '../support/pcm.js'
import { recordElement, takeRecorded } from '../support/recorder.js'
import { testPage } from '../support/stage.js'
import { longText } from '../support/texts.js'
import { setPlaybackRate } from '../support/visit.js'
import { pause } from '../support/waiting.js'

testPage(
  'minutes of speech play in order to their end, and again from anywhere, without being kept as PCM',
  async ({ server, open }) => {
    const request = { text: longText(3600), voice: 'heart' }
    const expected = await spokenBy(server, request)
    const durationS = expected.length / 24000
    const visit = await open()
    await visit.choose(request.voice)
    await visit.paste(request.text)
    await setPlaybackRate(visit.page, 16)
    const bytesBefore = await heldBytes(visit.page)
    await visit.click('Speak')
    const end = await visit.heard('ended')

    const playing = visit.media.filter(({ type }) => type === 'timeupdate')
    const positions = playing.map(({ positionS }) => positionS)
    assert.deepEqual(positions, positions.toSorted((a, b) => a - b))
    for (const { buffered } of playing) {
      assert.ok(buffered.length <= 1, 'one buffered range')
      assert.ok(buffered.length === 0 || buffered[0][1] - buffered[0][0] < durationS * 0.75, 'a window, not the whole')
    }
    assert.ok(end.buffered[0][0] > 90, 'what was played has made room, more than once')
    assert.ok(Math.abs(end.positionS - durationS) < 1e-3)
    const heldMore = (await heldBytes(visit.page)) - bytesBefore
    assert.ok(heldMore < expected.byteLength / 4, `${heldMore} bytes for ${expected.byteLength} of PCM`)
    assertSameSamples(decodeWithFfmpeg((await visit.download('FLAC')).bytes), expected)

    await setPlaybackRate(visit.page, 1)
    await recordElement(visit.page)
    await (await visit.find('Position', 'slider')).focus()
    await visit.page.keyboard.press('Home')
    await visit.page.keyboard.press('Space')
    await assertPlays(visit, expected, 0)

    const waveform = await (await visit.find('Position', 'slider')).boundingBox()
    await visit.page.mouse.click(waveform.x + waveform.width * 0.4, waveform.y + waveform.height / 2)
    await assertPlays(visit, expected, durationS * 0.4)
  },
  { skip: withoutChromium || withoutFfmpeg },
)

/**
 * Listens for a second.
 * @param {import('../support/visit.js').Visit} visit
 * @param {Int16Array} whole
 * @param {number} fromS where it should have begun to play, just now
 */
async function assertPlays(visit, whole, fromS) {
  await visit.page.waitForFunction(
    (from) => {
      const { currentTime, paused, seeking } = document.querySelector('#sound')
      return !paused && !seeking && currentTime > from - 1 && currentTime < from + 5
    },
    {},
    fromS,
  )
  await takeRecorded(visit.page)
  await pause(1)
  const heard = trimmed(asIntegers(await takeRecorded(visit.page), 'chromium'))
  const { positionS } = await visit.player()
  assert.ok(heard.length > 12000, `${heard.length} samples heard in a second`)
  const at = findStretch(heard, whole)
  assert.ok(at >= 0, 'what is heard is a stretch of the text')
  assert.ok(at / 24000 > fromS - 1 && at / 24000 < positionS, `${at / 24000} s is heard at ${positionS} s`)
}

/**
 * Bytes that the page's scripts hold: their heap, and their array buffers outside of it.
 * @param {import('puppeteer-core').Page} page
 */
async function heldBytes(page) {
  const session = await page.createCDPSession()
  await session.send('HeapProfiler.collectGarbage')
  const { usedSize, backingStorageSize } = await session.send('Runtime.getHeapUsage')
  await session.detach()
  return usedSize + backingStorageSize
}
