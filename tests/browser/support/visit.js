// One visit to the page: finds controls by the names that a screen reader says, and does with them what people do.

import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'

import { until, within } from './waiting.js'
import { Watch } from './watch.js'

/** Longer than anything here takes on a busy machine; what takes longer is broken. */
const PATIENCE_S = 30
/** What the page writes in its console for us begins so. */
const MEDIA_MARK = 'the player says '

export const DESKTOP = { width: 1280, height: 900 }
export const PHONE = { width: 390, height: 844, isMobile: true, hasTouch: true, deviceScaleFactor: 3 }

/**
 * What an <audio> element said, and how it was then.
 * @typedef {object} MediaEvent
 * @property {string} type
 * @property {number} positionS
 * @property {number | null} durationS null while it is not known
 * @property {[number, number][]} buffered seconds
 */

export class Visit {
  /** What the page's player has said, in order. @type {MediaEvent[]} */
  media = []
  /** @type {Set<() => void>} */
  #listeners = new Set()

  /**
   * Use openVisit().
   * @param {import('puppeteer-core').Page} page
   * @param {Watch} watch
   * @param {string} downloads folder that files are saved to
   */
  constructor(page, watch, downloads) {
    this.page = page
    this.watch = watch
    this.downloads = downloads
    page.on('console', (message) => {
      if (!message.text().startsWith(MEDIA_MARK)) return
      this.media.push(JSON.parse(message.text().slice(MEDIA_MARK.length)))
      for (const look of this.#listeners) look()
    })
  }

  /**
   * @param {string} name as a screen reader says it
   * @param {string} [role]
   * @returns {Promise<import('puppeteer-core').ElementHandle<HTMLElement>>} visible
   */
  async find(name, role = 'button') {
    return this.page.waitForSelector(`::-p-aria([name="${name}"][role="${role}"])`, { visible: true })
  }

  /**
   * @param {string} name
   * @param {string} [role]
   */
  async click(name, role) {
    await (await this.find(name, role)).click()
  }

  /** The text box, also while a text is heard in its place. */
  async textBox() {
    await this.page.evaluate(() => {
      if (document.querySelector('#text').hidden) document.querySelector('#sheet-mode').click()
    })
    return this.find('Text', 'textbox')
  }

  /** @param {string} text takes the place of what is there */
  async write(text) {
    const box = await this.textBox()
    await box.evaluate((element) => element.select())
    await box.type(text)
  }

  /**
   * As one pastes: typing minutes of speech would take minutes.
   * @param {string} text
   */
  async paste(text) {
    const box = await this.textBox()
    await box.evaluate((element, pasted) => {
      element.value = pasted
      element.dispatchEvent(new Event('input', { bubbles: true }))
    }, text)
  }

  /** @param {string} id of a voice */
  async choose(id) {
    const menu = await this.find('Voice', 'combobox')
    await menu.select(id)
  }

  /**
   * Waits for words in the line that tells how it goes.
   * @param {string} words
   */
  async told(words) {
    await this.page.waitForFunction(
      (wanted) => document.querySelector('[role=status]')?.textContent?.includes(wanted),
      {},
      words,
    )
  }

  /**
   * Waits for an event of the page's player, without a question to the page: what puppeteer asks of a page counts as a
   * tap there, and in Firefox takes back the tap that there was.
   * @param {string} type
   * @param {number} [from] events of `media` to pass over
   * @returns {Promise<MediaEvent>}
   */
  async heard(type, from = 0) {
    const find = () => this.media.slice(from).find((event) => event.type === type)
    let look = () => {}
    const found = new Promise((/** @type {(event: MediaEvent) => void} */ resolve) => {
      look = () => {
        const event = find()
        if (event) resolve(event)
      }
      this.#listeners.add(look)
      look()
    })
    return within(PATIENCE_S, `the event ${type}`, found).finally(() => this.#listeners.delete(look))
  }

  /** What the page's player is doing. */
  async player() {
    return this.page.evaluate(() => {
      const audio = document.querySelector('#sound')
      return { paused: audio.paused, positionS: audio.currentTime, volume: audio.volume, hasSource: audio.src !== '' }
    })
  }

  /**
   * Saves the take in hand, as one does with the mouse.
   * @param {'WAV' | 'FLAC' | 'MP3' | 'WebVTT' | 'SRT' | 'JSON'} format
   * @param {string} [ending] of the file
   * @returns {Promise<{name: string, bytes: Buffer}>}
   */
  async download(format, ending = format.toLowerCase()) {
    const before = await readdir(this.downloads)
    await this.page.waitForSelector('#download:not([disabled])')
    await this.click('Download')
    const item = `[role=menuitem][data-value=${ending}]`
    await (await this.page.waitForSelector(item, { visible: true })).click()
    await this.told(`${format} saved`)
    // A browser gives a file its name when it is whole.
    const name = await until(PATIENCE_S, `a ${format} file`, async () => {
      const names = await readdir(this.downloads)
      return names.find((each) => !before.includes(each) && each.endsWith(`.${ending}`))
    })
    return { name, bytes: await readFile(join(this.downloads, name)) }
  }

  /** What the page shows and what its player said last, for a failure's report. */
  async describe() {
    const seen = await this.page
      .evaluate(() => {
        const words = (/** @type {string} */ selector) => document.querySelector(selector)?.textContent ?? ''
        return { status: words('[role=status]'), banner: words('#banner'), latency: words('#latency') }
      })
      .catch(String)
    return JSON.stringify({ seen, media: this.media.slice(-12) })
  }
}

/**
 * Plays faster, so that a test need not last as long as its sound.
 * @param {import('puppeteer-core').Page} page
 * @param {number} rate 16 is the most in Chromium
 */
export async function setPlaybackRate(page, rate) {
  await page.evaluate((wanted) => {
    const audio = document.querySelector('#sound')
    audio.defaultPlaybackRate = audio.playbackRate = wanted
  }, rate)
}

/**
 * @param {import('puppeteer-core').BrowserContext} context
 * @param {object} options
 * @param {string} options.url the site's origin
 * @param {string} [options.path] of the page there
 * @param {string[]} [options.origins] others that the page may speak to
 * @param {string} options.downloads
 * @param {import('puppeteer-core').Viewport} [options.viewport]
 * @param {'chromium' | 'firefox'} [options.engine]
 * @param {string} [options.languages] that the browser asks for; Chromium only
 * @param {(page: import('puppeteer-core').Page) => Promise<void>} [options.prepare] called before the page is loaded
 * @param {boolean} [options.untouched] leaves the page alone: whatever puppeteer asks of one counts as a tap
 * @returns {Promise<Visit>} connected, its voices there, unless untouched
 */
export async function openVisit(context, options) {
  const { url, path = '/', origins = [], viewport = DESKTOP, engine = 'chromium' } = options
  const page = await context.newPage()
  page.setDefaultTimeout(PATIENCE_S * 1000)
  await page.setViewport(viewport)
  const watch = new Watch(url, ...origins)
  await watch.begin(page)
  await page.evaluateOnNewDocument(tellMedia, MEDIA_MARK)
  const visit = new Visit(page, watch, options.downloads)
  await options.prepare?.(page)
  if (engine === 'chromium') {
    const session = await page.createCDPSession()
    await watch.joinDevTools(session)
    if (options.languages) {
      const userAgent = await context.browser().userAgent()
      await session.send('Emulation.setUserAgentOverride', { userAgent, acceptLanguage: options.languages })
    }
  }
  await page.goto(url + path)
  if (!options.untouched) await page.waitForSelector('#voice:enabled')
  return visit
}

/**
 * Runs in the page: passes on what its player says. Media events do not bubble, but can be caught on their way down.
 * @param {string} mark
 */
function tellMedia(mark) {
  const types = ['playing', 'waiting', 'timeupdate', 'pause', 'seeked', 'ended', 'emptied', 'error']
  for (const type of types) {
    document.addEventListener(
      type,
      ({ target }) => {
        if (!(target instanceof HTMLAudioElement) || target.id !== 'sound') return
        const { currentTime, duration, buffered } = target
        const ranges = Array.from(buffered, (_, index) => [buffered.start(index), buffered.end(index)])
        console.debug(mark + JSON.stringify({ type, positionS: currentTime, durationS: duration, buffered: ranges }))
      },
      true,
    )
  }
}
