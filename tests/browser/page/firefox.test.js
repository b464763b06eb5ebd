// The same page in Firefox, which needs a sound card: a null sink of a private pulseaudio.

import assert from 'node:assert/strict'

import { decodeWithFfmpeg, withoutFfmpeg } from '../../web/support/ffmpeg.js'
import { launchFirefox, withoutFirefox } from '../support/browsers.js'
import { asIntegers, assertSameSamples, spokenBy, trimmed } from '../support/pcm.js'
import { recordElement, takeRecorded } from '../support/recorder.js'
import { plugInSoundCard } from '../support/sound-card.js'
import { testPage } from '../support/stage.js'

testPage(
  'in Firefox a sentence is heard and kept, to the last sample that the server spoke',
  async ({ server, open, atEnd }) => {
    const request = { text: 'The second browser reads this aloud, too.', voice: 'heart' }
    const expected = await spokenBy(server, request)
    const soundCard = await plugInSoundCard()
    atEnd(() => soundCard.remove())
    const browser = await launchFirefox(soundCard)
    atEnd(() => browser.close())

    const visit = await open({ browser, engine: 'firefox' })
    await visit.choose(request.voice)
    await visit.write(request.text)
    await recordElement(visit.page)
    await visit.click('Speak')
    await visit.heard('playing')
    const end = await visit.heard('ended')
    const positions = visit.media.filter(({ type }) => type === 'timeupdate').map(({ positionS }) => positionS)
    assert.ok(positions.length > 2)
    assert.deepEqual(positions, positions.toSorted((a, b) => a - b))
    assert.equal(end.buffered.length, 1)
    assertSameSamples(trimmed(asIntegers(await takeRecorded(visit.page), 'firefox')), trimmed(expected))
    for (const format of /** @type {const} */ (['WAV', 'FLAC'])) {
      assertSameSamples(decodeWithFfmpeg((await visit.download(format)).bytes), expected)
    }
  },
  { skip: withoutFirefox || withoutFfmpeg },
)
