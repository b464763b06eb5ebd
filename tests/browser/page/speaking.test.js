// The first thing anybody does: write a sentence, press Speak, hear it.

import assert from 'node:assert/strict'

import { asIntegers, assertSameSamples, spokenBy, trimmed } from '../support/pcm.js'
import { recordElement, takeRecorded } from '../support/recorder.js'
import { testPage } from '../support/stage.js'

/** Canonical RIFF: what the page writes has no other chunks. */
const WAV_HEADER_BYTES = 44

for (const { language, text, voice } of [
  { language: 'English', text: 'Good morning. The kettle is on.', voice: 'heart' },
  { language: 'Mandarin', text: '早上好，水开了。', voice: 'zf_xiaoxiao' },
]) {
  testPage(`a sentence in ${language} is heard, to the last sample that the server spoke`, async ({ server, open }) => {
    const expected = await spokenBy(server, { text, voice })
    const visit = await open()
    await visit.choose(voice)
    await visit.write(text)
    await recordElement(visit.page)
    await visit.click('Speak')
    await visit.heard('playing')
    const end = await visit.heard('ended')

    const positions = visit.media.filter(({ type }) => type === 'timeupdate').map(({ positionS }) => positionS)
    assert.ok(positions.length > 2, 'currentTime is told')
    assert.deepEqual(positions, positions.toSorted((a, b) => a - b), 'currentTime advances')
    assert.equal(end.buffered.length, 1, 'one buffered range')
    assert.equal(end.buffered[0][0], 0)
    const durationS = expected.length / 24000
    for (const seconds of [end.buffered[0][1], end.durationS, end.positionS]) {
      assert.ok(Math.abs(seconds - durationS) < 1e-3, `${seconds} s is not the end`)
    }
    assertSameSamples(trimmed(asIntegers(await takeRecorded(visit.page), 'chromium')), trimmed(expected))
    await visit.told('Finished')
  })
}

testPage('two who listen at once hear each their own text', async ({ server, open }) => {
  const texts = ['The tide is turning now.', 'Nobody has seen the grey cat.']
  const visits = [await open(), await open()]
  for (const [index, visit] of visits.entries()) {
    await visit.choose('heart')
    await visit.write(texts[index])
    await recordElement(visit.page)
  }
  await Promise.all(visits.map((visit) => visit.click('Speak')))
  await Promise.all(visits.map((visit) => visit.heard('ended')))
  for (const [index, visit] of visits.entries()) {
    const played = trimmed(asIntegers(await takeRecorded(visit.page), 'chromium'))
    const expected = await spokenBy(server, { text: texts[index], voice: 'heart' })
    assertSameSamples(played, trimmed(expected))
    const { bytes } = await visit.download('WAV')
    assertSameSamples(new Int16Array(Uint8Array.from(bytes.subarray(WAV_HEADER_BYTES)).buffer), expected)
  }
})

testPage('an empty text is answered with what to do, and asks nothing of the server', async ({ server, open }) => {
  const visit = await open()
  const spokenBefore = server.streamsEnded
  await visit.click('Speak')
  await visit.told('Type something first')
  const focused = await visit.page.evaluate(() => document.activeElement === document.querySelector('textarea'))
  assert.ok(focused, 'the text box waits for the text')
  await visit.write('   ')
  await visit.click('Speak')
  assert.equal((await visit.player()).hasSource, false)

  await visit.write('Now there is one.')
  await visit.click('Speak')
  await visit.heard('ended')
  await server.streamEnded(spokenBefore)
  assert.equal(server.streamsEnded, spokenBefore + 1)
})
