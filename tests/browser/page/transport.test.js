// Pause, play, seek and volume, with the keys that a listener uses; and that nothing on the page moves meanwhile.

import assert from 'node:assert/strict'

import { testPage } from '../support/stage.js'
import { DESKTOP, PHONE } from '../support/visit.js'

const TEXT = 'The first boat leaves at six, the second at nine, and the last one never before dark.'

testPage('pause holds the place, play goes on from it, and the keys move it by a second', async ({ open }) => {
  const visit = await open()
  const { keyboard } = visit.page
  await visit.choose('heart')
  await visit.write(TEXT)
  await visit.click('Speak')
  await visit.heard('timeupdate')
  await visit.click('Pause')
  await visit.told('Paused')
  const paused = await visit.player()
  assert.ok(paused.paused && paused.hasSource)
  let seen = visit.media.length
  await visit.click('Play')
  const resumed = await visit.heard('playing', seen)
  assert.ok(resumed.positionS >= paused.positionS && resumed.positionS < paused.positionS + 2)

  await visit.click('Pause')
  await visit.told('Paused')
  await visit.page.waitForSelector('#download:not([disabled])') // all of it is made
  await (await visit.find('Position', 'slider')).focus()
  for (const [key, positionS] of /** @type {const} */ ([
    ['Home', 0],
    ['ArrowRight', 1],
    ['ArrowRight', 2],
    ['ArrowLeft', 1],
  ])) {
    await keyboard.press(key)
    await visit.page.waitForFunction((wanted) => document.querySelector('#sound').currentTime === wanted, {}, positionS)
    const said = await visit.page.evaluate(() => document.querySelector('[role=slider]').getAttribute('aria-valuetext'))
    assert.match(said, new RegExp(`^0:0${positionS} of 0:0\\d$`))
  }
  seen = visit.media.length
  await keyboard.press('Space')
  assert.ok((await visit.heard('playing', seen)).positionS >= 1)
  await visit.heard('ended', seen)
  await visit.told('Finished')
  seen = visit.media.length
  await keyboard.press('Space')
  assert.ok((await visit.heard('playing', seen)).positionS < 1, 'from the start')
  await keyboard.press('Escape')
  await visit.told('Stopped')
  assert.equal((await visit.player()).paused, true)
})

testPage('volume and mute reach the sound, and the volume is remembered', async ({ open }) => {
  const visit = await open()
  await (await visit.find('Volume', 'slider')).focus()
  for (let step = 0; step < 4; step += 1) await visit.page.keyboard.press('ArrowLeft')
  assert.equal((await visit.player()).volume, 0.8)
  await visit.click('Mute')
  assert.equal((await visit.player()).volume, 0)
  await visit.click('Mute')
  assert.equal((await visit.player()).volume, 0.8)
  await visit.page.reload()
  await visit.page.waitForSelector('#voice:enabled')
  assert.equal((await visit.player()).volume, 0.8)
})

for (const [name, viewport] of /** @type {const} */ ([
  ['at 1280 px', DESKTOP],
  ['on a phone', PHONE],
])) {
  testPage(`nothing jumps ${name} when sound starts, nor when it ends`, async ({ open }) => {
    const visit = await open({ viewport })
    await visit.choose('heart')
    await visit.write(TEXT)
    const idle = await boxes(visit, { speak: 'Speak', play: 'Play' })
    await visit.click('Speak')
    await visit.heard('timeupdate')
    assert.deepEqual(await boxes(visit, { speak: 'Stop', play: 'Pause' }), idle, 'speaking')
    await visit.heard('ended')
    await visit.told('Finished')
    assert.deepEqual(await boxes(visit, { speak: 'Speak', play: 'Play' }), idle, 'finished')
    const widthPx = await visit.page.evaluate(() => document.documentElement.scrollWidth)
    assert.ok(widthPx <= viewport.width, `${widthPx} px wide`)
  })
}

/**
 * Where the main controls stand on the page.
 * @param {import('../support/visit.js').Visit} visit
 * @param {{speak: string, play: string}} names that two of them have at the time
 */
async function boxes(visit, { speak, play }) {
  const controls = [
    ['Text', 'textbox'],
    ['Voice', 'combobox'],
    ['Preview', 'button'],
    ['Speed', 'slider'],
    [speak, 'button'],
    ['Position', 'slider'],
    [play, 'button'],
    ['Mute', 'button'],
    ['Download', 'button'],
  ]
  const found = []
  for (const [name, role] of controls) {
    const element = await visit.find(name, role)
    found.push(
      await element.evaluate((control) => {
        const { x, y, width, height } = control.getBoundingClientRect()
        return [x + scrollX, y + scrollY, width, height].map((pixels) => Math.round(pixels * 10) / 10)
      }),
    )
  }
  return found
}
