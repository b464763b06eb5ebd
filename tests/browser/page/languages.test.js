// The page speaks the reader's language, and every control says its name to those who listen to it.

import assert from 'node:assert/strict'

import { testPage } from '../support/stage.js'

testPage('a Chinese browser gets a Chinese page, which can be switched to English', async ({ open }) => {
  const visit = await open({ languages: 'zh-CN,zh' })
  const lang = () => visit.page.evaluate(() => document.documentElement.lang)
  assert.equal(await lang(), 'zh-CN')
  await (await visit.find('文本', 'textbox')).type('你好。')
  await visit.find('声音', 'combobox')
  await visit.find('语速', 'slider')
  await visit.find('下载')
  await visit.click('朗读')
  await visit.find('停止')
  await visit.told('正在朗读')
  await visit.heard('ended')
  await visit.told('朗读完毕')
  await visit.click('English')
  await visit.told('Finished')
  assert.equal(await lang(), 'en')
  await visit.find('Text', 'textbox')
  await visit.find('Voice', 'combobox')
  await visit.find('Speed', 'slider')
  await visit.find('Speak')
  await visit.find('Download')
  await visit.page.reload()
  await visit.find('Speak')
})

for (const languages of ['en-US', 'zh-CN']) {
  testPage(`every control has a name, in ${languages}`, async ({ open }) => {
    const visit = await open({ languages })
    const { page } = visit
    await page.type('textarea', 'Good evening.')
    await page.click('#speak')
    await visit.heard('ended')
    await page.click('.more > summary')
    await page.click('#download:not([disabled])')
    await page.waitForSelector('[role=menuitem]', { visible: true })
    const controls = await namesOfControls(page)
    // The texts of both the take in hand and its row in the list of recent ones are there, and the menu is open.
    assert.ok(controls.length > 20, `${controls.length} controls`)
    assert.deepEqual(controls.filter(({ name }) => name.trim() === ''), [])
  })
}

const ROLES = new Set('button checkbox combobox link menuitem slider spinbutton switch textbox'.split(' '))

/**
 * What a screen reader finds to operate.
 * @param {import('puppeteer-core').Page} page
 */
async function namesOfControls(page) {
  const walk = (/** @type {any} */ node) => [node, ...(node.children ?? []).flatMap(walk)]
  return walk(await page.accessibility.snapshot())
    .filter(({ role }) => ROLES.has(role))
    .map(({ role, name = '' }) => ({ role, name }))
}
