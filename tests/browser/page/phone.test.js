// A phone: small, touched, and silent until it has been tapped.

import assert from 'node:assert/strict'

import { testPage } from '../support/stage.js'
import { PHONE } from '../support/visit.js'
import { until } from '../support/waiting.js'

testPage('the first tap of all, on Speak, plays', async ({ open }) => {
  const { visit, ask, tap } = await untouched(open)
  await ask(`document.querySelector('textarea').value = 'Just one tap.'`)
  assert.equal(await ask('navigator.userActivation.hasBeenActive'), false, 'nobody has touched the page')
  await tap('#speak')
  await visit.heard('playing')
  await visit.heard('ended')
})

testPage('where the browser wants a tap first, the page asks for it, and one is enough', async ({ open }) => {
  const { visit, ask, tap } = await untouched(open)
  await ask(`document.querySelector('textarea').value = 'Spoken by a script.'`)
  await ask(`document.querySelector('form').requestSubmit()`)
  await until(20, 'the request', () => ask(`document.querySelector('#banner').textContent.includes('one more tap')`))
  assert.equal(await ask(`document.querySelector('#sound').currentTime`), 0)
  await tap('#banner button')
  await visit.heard('ended')
  assert.equal(await ask(`document.querySelector('#banner').textContent`), '')
})

/**
 * Opens the page without touching it. Puppeteer's own ways of asking a page count as a tap there, so this speaks the
 * browser's protocol.
 * @param {import('../support/stage.js').Stage['open']} open
 */
async function untouched(open) {
  const visit = await open({ viewport: PHONE, untouched: true })
  const session = await visit.page.createCDPSession()
  const ask = async (/** @type {string} */ expression) => {
    const { result } = await session.send('Runtime.evaluate', { expression, returnByValue: true })
    return result.value
  }
  const tap = async (/** @type {string} */ selector) => {
    const point = await ask(`(() => {
      const { x, y, width, height } = document.querySelector(${JSON.stringify(selector)}).getBoundingClientRect()
      return { x: x + width / 2, y: y + height / 2 }
    })()`)
    await session.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [point] })
    await session.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
  }
  await until(30, 'the page', () => ask(`document.querySelector('#voice')?.disabled === false`))
  return { visit, ask, tap }
}
