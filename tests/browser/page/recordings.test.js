// What can be kept: files that hold exactly what was spoken.

import assert from 'node:assert/strict'

import { decodeWithFfmpeg, withoutFfmpeg } from '../../web/support/ffmpeg.js'
import { withoutChromium } from '../support/browsers.js'
import { assertSameSamples, spokenBy } from '../support/pcm.js'
import { testPage } from '../support/stage.js'

testPage(
  'WAV and FLAC hold every sample that the server spoke, and MP3 lasts as long',
  async ({ server, open }) => {
    const request = { text: 'Rain by evening, clear by noon.', voice: 'heart' }
    const expected = await spokenBy(server, request)
    const visit = await open()
    await visit.choose(request.voice)
    await visit.write(request.text)
    await visit.click('Speak')
    for (const format of /** @type {const} */ (['WAV', 'FLAC'])) {
      const file = await visit.download(format)
      assert.match(file.name, /^wildtrack-heart-fast-\d{4}-\d\d-\d\d-\d{6}\.(wav|flac)$/)
      assertSameSamples(decodeWithFfmpeg(file.bytes), expected)
    }
    const mp3 = await visit.download('MP3')
    const secondsMore = (decodeWithFfmpeg(mp3.bytes).length - expected.length) / 24000
    assert.ok(Math.abs(secondsMore) < 0.1, `${secondsMore} s too long`)
  },
  { skip: withoutChromium || withoutFfmpeg },
)
