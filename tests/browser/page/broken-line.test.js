// The line to the server breaks while it speaks.

import assert from 'node:assert/strict'

import { decodeWithFfmpeg, withoutFfmpeg } from '../../web/support/ffmpeg.js'
import { openBreakableLine } from '../support/breakable-line.js'
import { withoutChromium } from '../support/browsers.js'
import { assertSameSamples, spokenBy } from '../support/pcm.js'
import { testPage } from '../support/stage.js'
import { longText } from '../support/texts.js'
import { setPlaybackRate } from '../support/visit.js'

testPage(
  'a line that breaks again and again costs the listener no sample',
  async ({ server, open, atEnd }) => {
    // Longer than the server ever is ahead of a listener, so that each break finds it speaking.
    const request = { text: longText(1200), voice: 'heart' }
    const expected = await spokenBy(server, request)
    const line = await openBreakableLine(Number(new URL(server.url).port))
    atEnd(() => line.close())
    const visit = await open({ url: line.url })
    visit.watch.expected = [/WebSocket connection to .* failed/]
    await visit.choose(request.voice)
    await visit.paste(request.text)
    await visit.click('Speak')
    await visit.heard('timeupdate')
    assert.ok(line.breakOff() > 0)
    await visit.heard('timeupdate', visit.media.length + 4)
    assert.ok(line.breakOff() > 0)
    await setPlaybackRate(visit.page, 8)
    await visit.heard('ended')
    await visit.told('Finished')
    const { bytes } = await visit.download('FLAC')
    assertSameSamples(decodeWithFfmpeg(bytes), expected)
  },
  { skip: withoutChromium || withoutFfmpeg },
)
