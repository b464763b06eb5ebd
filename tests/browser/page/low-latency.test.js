// Low-latency playback: the same sound, through an AudioWorklet.

import assert from 'node:assert/strict'

import { asIntegers, assertSameSamples, spokenBy, trimmed } from '../support/pcm.js'
import { recordContexts, takeRecorded } from '../support/recorder.js'
import { testPage } from '../support/stage.js'

testPage('low-latency playback gives every sample, and ends', async ({ server, open }) => {
  const request = { text: 'Mind the step, it is wet.', voice: 'heart' }
  const expected = await spokenBy(server, request)
  const visit = await open({ prepare: recordContexts })
  await visit.page.click('.more > summary')
  await visit.click('Low-latency playback', 'switch')
  await visit.choose(request.voice)
  await visit.write('First of all, the recorder joins in.')
  await visit.click('Speak')
  await visit.told('Speaking')
  await visit.told('Finished')
  await takeRecorded(visit.page)

  await visit.write(request.text)
  await visit.click('Speak')
  await visit.told('Speaking')
  await visit.told('Finished')
  // The worklet gives what it was sent over 32768, as Firefox does.
  assertSameSamples(trimmed(asIntegers(await takeRecorded(visit.page), 'firefox')), trimmed(expected))
  assert.equal((await visit.player()).hasSource, false, 'the <audio> element has no part in it')
})
