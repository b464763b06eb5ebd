// The text while it is heard: the word that sounds is lit, one that is pressed is sought, and what was told can be saved.

import assert from 'node:assert/strict'

import { testPage } from '../support/stage.js'

const TEXT = 'The first boat leaves at six, the second at nine, and the last one never before dark. Bring a coat.'
/** How long a word may stay lit after it, in the silence that follows. */
const LATE_S = 0.35

testPage('the word that is heard is lit in time with the sound, and a press on another goes there', async ({ server, open }) => {
  const { sample_rate_hz: rateHz, clauses } = await captions(server, { text: TEXT, voice: 'heart', format: 'json' })
  const words = clauses.flatMap((clause) => clause.words)
  const visit = await open()
  await visit.choose('heart')
  await visit.write(TEXT)
  await visit.page.evaluate(writeDownLights)
  await visit.click('Speak')
  await visit.page.waitForFunction(() => Number(document.querySelector('#following').dataset.word || -1) >= 8)

  const lights = await visit.page.evaluate(() => window.lights)
  const order = lights.map(({ word }) => word)
  assert.deepEqual(order, order.toSorted((a, b) => a - b), 'from word to word')
  assert.ok(order.length >= 3, `${order.length} words were lit`)
  for (const { word, positionS, shown } of lights) {
    const { start_sample, n_samples, start_character, end_character } = words[word]
    assert.ok(positionS >= start_sample / rateHz - 0.01, `word ${word} is lit at ${positionS} s, before it is heard`)
    assert.ok(positionS <= (start_sample + n_samples) / rateHz + LATE_S, `word ${word} is lit at ${positionS} s`)
    assert.ok(shown > 0, `${TEXT.slice(start_character, end_character)} has a mark`)
  }

  await visit.click('Pause')
  await visit.page.waitForSelector('#download:not([disabled])') // all of it is made
  const target = words.findIndex(({ start_character }) => TEXT.startsWith('second', start_character))
  const place = await visit.page.evaluate((at) => {
    const range = document.createRange()
    const node = document.querySelector('#following-text').firstChild
    range.setStart(node, at)
    range.setEnd(node, at + 6)
    const { x, y, width, height } = range.getBoundingClientRect()
    return [x + width / 2, y + height / 2]
  }, words[target].start_character)
  await visit.page.mouse.click(...place)
  await visit.page.waitForFunction((word) => document.querySelector('#following').dataset.word === word, {}, String(target))
  const { positionS } = await visit.player()
  assert.ok(Math.abs(positionS - words[target].start_sample / rateHz) < 0.02, `${positionS} s`)
  await visit.page.keyboard.press('ArrowRight')
  await visit.page.waitForFunction((word) => document.querySelector('#following').dataset.word === word, {}, String(target + 1))

  await visit.click('Edit')
  assert.equal(await (await visit.find('Text', 'textbox')).evaluate((box) => box.value), TEXT)
})

testPage('captions are saved as the server would write them, with no question to it', async ({ server, open }) => {
  const request = { text: 'Fish & chips for two. 然后呢？', voice: 'af_heart' }
  const expected = await Promise.all(['vtt', 'srt', 'json'].map((format) => captions(server, { ...request, format })))
  const visit = await open()
  await visit.choose(request.voice)
  await visit.write(request.text)
  await visit.click('Captions')
  await visit.click('Speak')
  await visit.page.waitForFunction(() => document.querySelector('#caption-line').textContent === 'Fish & chips for two.')
  await visit.heard('ended')
  for (const [index, format] of /** @type {const} */ (['WebVTT', 'SRT', 'JSON']).entries()) {
    const { bytes } = await visit.download(format, ['vtt', 'srt', 'json'][index])
    const saved = bytes.toString()
    if (format === 'JSON') assert.deepEqual(JSON.parse(saved), expected[index])
    else assert.equal(saved, expected[index])
  }
})

testPage('an emotion and a pitch are asked for, heard, and remembered', async ({ open }) => {
  const visit = await open()
  const asked = await recordAsked(visit.page)
  await visit.page.click('.expression > summary')
  assert.equal(await (await visit.find('Intensity', 'slider')).evaluate((slider) => slider.disabled), true)
  await (await visit.find('Emotion', 'combobox')).select('happy')
  await (await visit.find('Intensity', 'slider')).focus()
  for (let step = 0; step < 4; step += 1) await visit.page.keyboard.press('ArrowLeft')
  await (await visit.find('Pitch', 'slider')).focus()
  await visit.page.keyboard.press('ArrowRight')
  await visit.write('It works.')
  await visit.click('Speak')
  await visit.heard('ended')
  const { emotion, emotion_intensity, pitch_semitones } = asked('synthesize')
  assert.deepEqual({ emotion, emotion_intensity, pitch_semitones }, { emotion: 'happy', emotion_intensity: 80, pitch_semitones: 0.5 })
  await visit.page.reload()
  await visit.page.waitForFunction(() => /Happy 80 %/.test(document.querySelector('#expression-summary').textContent))
})

testPage('a text is read ahead, and broken SSML is shown where it is broken', async ({ open }) => {
  const visit = await open()
  visit.watch.expected = [/400/]
  await visit.write('It cost $24.50.')
  await visit.click('Reading')
  await visit.page.waitForSelector('#reading li')
  const row = await visit.page.evaluate(() => [...document.querySelectorAll('#reading li p, #reading li dd')].map((each) => each.textContent))
  assert.equal(row[0], 'It cost $24.50.')
  assert.match(row[1], /24 dollars and 50 cents/)
  assert.ok(row[2].length > 10, row[2])
  await visit.click('Edit')

  await visit.page.click('.expression > summary')
  await visit.click('SSML', 'switch')
  await visit.paste('<speak>\n  <p>One.</s>\n</speak>')
  await visit.click('Speak')
  await visit.page.waitForFunction(() => /line 2, column \d+: expected <\/p> here/.test(document.querySelector('#banner').textContent))
  await visit.click('Show the place')
  const selected = await visit.page.evaluate(() => {
    const { value, selectionStart, selectionEnd } = document.querySelector('#text')
    return value.slice(selectionStart, selectionEnd)
  })
  assert.match(selected, /s>$/)
})

/**
 * @param {import('../support/server.js').Server} server
 * @param {{format: string, text: string, voice: string}} body
 */
async function captions(server, body) {
  const headers = { 'Content-Type': 'application/json' }
  const response = await fetch(`${server.url}/v1/audio/captions`, { method: 'POST', headers, body: JSON.stringify(body) })
  return body.format === 'json' ? response.json() : response.text()
}

/** Runs in the page: writes down each word that is lit, and where the sound is then. */
function writeDownLights() {
  window.lights = []
  const view = document.querySelector('#following')
  new MutationObserver(() => {
    if (!view.dataset.word) return
    const word = Number(view.dataset.word)
    if (window.lights.at(-1)?.word === word) return
    const shown = document.querySelectorAll('#following-marks [data-kind=heard]').length
    window.lights.push({ word, positionS: document.querySelector('#sound').currentTime, shown })
  }).observe(view, { attributes: true, attributeFilter: ['data-word'] })
}

/**
 * Reads what the page sends over its connection.
 * @param {import('puppeteer-core').Page} page
 * @returns {Promise<(event: string) => any>} the last message of that name
 */
async function recordAsked(page) {
  const sent = new Map()
  const session = await page.createCDPSession()
  session.on('Network.webSocketFrameSent', ({ response: { payloadData } }) => {
    const message = /^42\d*(\[.*\])$/s.exec(payloadData)
    if (!message) return
    const [event, body] = JSON.parse(message[1])
    sent.set(event, body)
  })
  await session.send('Network.enable')
  return (event) => sent.get(event)
}
