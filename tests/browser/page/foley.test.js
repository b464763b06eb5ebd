// The Foley view: a video becomes a sound that is in time with it, and the sound becomes what one would rather hear.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { decodeWithFfmpeg, withoutFfmpeg } from '../../web/support/ffmpeg.js'
import { launchFirefox, withoutChromium, withoutFirefox } from '../support/browsers.js'
import { FoleyVisit, writeClip } from '../support/foley.js'
import { assertSameSamples } from '../support/pcm.js'
import { plugInSoundCard } from '../support/sound-card.js'
import { testPage } from '../support/stage.js'
import { until } from '../support/waiting.js'

/** The picture may be this far from the sound once it has settled: two frames and a half at 30 a second. */
const IN_SYNC_S = 0.08
const options = { skip: withoutChromium || withoutFfmpeg }

/** @param {import('../support/stage.js').Stage['open']} open @param {any} [more] */
async function openFoley(open, more = {}) {
  const visit = await open({ path: '/#foley', ...more })
  const foley = new FoleyVisit(visit)
  return { visit, foley, clip: writeClip(visit.downloads, 'clip.webm') }
}

/** @param {FoleyVisit} foley */
async function assertInSync(foley) {
  let near = 0
  await until(20, `picture and sound within ${IN_SYNC_S} s of each other`, async () => {
    near = (await foley.apart()) <= IN_SYNC_S ? near + 1 : 0
    return near >= 5 // it is settled, and does not just pass by
  })
}

testPage(
  'a video is heard in time with its picture, its timeline and captions grow, and what is saved is what the server made',
  async ({ open }) => {
    const { foley, clip } = await openFoley(open)
    await foley.choose(clip)
    await foley.page.type('#description', 'light rain')
    await foley.page.click('#make')
    await foley.until('the first sound', () => document.querySelector('#foley-sound').currentTime > 0)
    await foley.page.select('#rate', '0.5')
    await assertInSync(foley)
    await foley.until('captions', () => document.querySelector('#caption').textContent !== '')
    await foley.whole()
    assert.ok((await foley.sounds()).length > 0, 'something is heard, and says what it is')

    await foley.page.keyboard.press('Escape')
    await foley.until('silence', () => document.querySelector('#foley-sound').paused)
    await foley.page.evaluate(() => document.querySelector('.score-sound').focus())
    await foley.page.keyboard.press('Home')
    await foley.until('the picture at its start', () => document.querySelector('#video').currentTime < 0.05)
    await foley.page.select('#rate', '1')
    await foley.page.keyboard.press(' ')
    await assertInSync(foley)

    const [task] = foley.tasks
    assert.equal(foley.tasks.length, 1)
    const made = decodeWithFfmpeg(new Uint8Array(await (await foley.ask(task, 'audio?format=wav')).arrayBuffer()))
    assertSameSamples(decodeWithFfmpeg(await foley.download('wav', 'wav')), made)
  },
  options,
)

testPage(
  'what is heard is edited, undone and rendered again; a stem is heard alone; it is all taken home, and removed',
  async ({ open }) => {
    const { visit, foley, clip } = await openFoley(open)
    await foley.begin(clip)
    await foley.whole()
    await foley.page.keyboard.press('Escape')
    await foley.until('silence', () => document.querySelector('#foley-sound').paused)
    const before = (await foley.sounds()).length
    await foley.page.click('#add-sound')
    await foley.page.select('#event-label', 'dog')
    await foley.page.click('#undo')
    await foley.page.select('#event-label', 'glass_break')
    const added = await foley.page.waitForSelector('.pin[aria-current]')
    await added.focus()
    const says = () => added.evaluate((pin) => pin.getAttribute('aria-label'))
    const said = await says()
    await foley.page.keyboard.down('Shift')
    for (let n = 0; n < 3; n++) await foley.page.keyboard.press('ArrowLeft')
    await foley.page.keyboard.up('Shift')
    await until(5, 'the sound to have moved', async () => (await says()) !== said)
    assert.equal((await foley.sounds()).length, before + 1)
    await foley.page.click('#render')
    await foley.until('the new sound', () => document.querySelector('#render').ariaDisabled === 'true')
    await foley.told('Finished')
    const [found, edited] = await Promise.all(foley.tasks.map(async (task) => (await foley.ask(task, 'timeline')).json()))
    const broken = ({ events }) => events.filter(({ label }) => label === 'glass_break').length
    assert.equal(broken(edited), broken(found) + 1)

    await visit.click('Only hits')
    await until(60, 'the stem alone', () => foley.tasks.length === 3)
    await foley.told('Finished')
    assert.deepEqual(foley.edits.at(-1).stems, ['hits'])
    await visit.click('Only hits')
    await until(60, 'all stems again', () => foley.tasks.length === 4)
    await foley.told('Finished')

    assert.match((await foley.download('captions', 'vtt')).toString(), /^WEBVTT/)
    const timeline = JSON.parse((await foley.download('events', 'json')).toString())
    assert.deepEqual(timeline.events.map(({ label }) => label), edited.events.map(({ label }) => label))
    const video = join(visit.downloads, 'taken-home')
    await writeFile(video, await foley.download('video', 'webm'))
    const streams = spawnSync('ffprobe', ['-v', 'error', '-show_entries', 'stream=codec_type', '-of', 'csv=p=0', video])
    assert.deepEqual(streams.stdout.toString().trim().split('\n').sort(), ['audio', 'video'])

    await visit.click('Remove from the server')
    await foley.told('Removed')
    assert.equal((await foley.ask(foley.tasks[0], 'timeline')).status, 404)
  },
  options,
)

testPage(
  'a file that is no video is refused in a sentence, and another one can be chosen at once',
  async ({ open }) => {
    const { visit, foley, clip } = await openFoley(open)
    visit.watch.expected.push(/4\d\d/)
    const path = join(visit.downloads, 'no-video.mp4')
    await writeFile(path, 'This is a letter, and no video.')
    await foley.choose(path)
    await foley.until('a word on the picture', () => !document.querySelector('#not-shown').hidden)
    await foley.page.click('#make')
    await foley.until('the sentence', () => /\.$/.test(document.querySelector('#banner p')?.textContent ?? ''))
    await foley.begin(clip)
    await foley.until('no more complaint', () => document.querySelector('#banner').textContent === '')
  },
  options,
)

for (const languages of ['en-US', 'zh-CN']) {
  testPage(
    `every control of the Foley view has a name, in ${languages}`,
    async ({ open }) => {
      const { foley, clip } = await openFoley(open, { languages })
      await foley.begin(clip)
      await foley.whole()
      await foley.page.click('#add-sound')
      const walk = (/** @type {any} */ node) => [node, ...(node.children ?? []).flatMap(walk)]
      const roles = new Set('button checkbox combobox link slider spinbutton switch textbox'.split(' '))
      const controls = walk(await foley.page.accessibility.snapshot()).filter(({ role }) => roles.has(role))
      assert.ok(controls.length > 30, `${controls.length} controls`)
      assert.deepEqual(controls.filter(({ name = '' }) => name.trim() === ''), [])
    },
    options,
  )
}

testPage(
  'in Firefox a video is heard in time with its picture, too',
  async ({ open, atEnd }) => {
    const soundCard = await plugInSoundCard()
    atEnd(() => soundCard.remove())
    const browser = await launchFirefox(soundCard)
    atEnd(() => browser.close())
    const { foley, clip } = await openFoley(open, { browser, engine: 'firefox' })
    await foley.begin(clip)
    await assertInSync(foley)
    await foley.whole()
  },
  { skip: withoutFirefox || withoutFfmpeg },
)
