// What all tests of a process share: one server, one Chromium, two other sites. Each test visits in a fresh profile.

import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'

import { launchChromium, withoutChromium, withoutFirefox } from './browsers.js'
import { startServer } from './server.js'
import { startSite } from './site.js'
import { openVisit } from './visit.js'

/** @typedef {import('./server.js').Server} Server */
/** @typedef {import('./visit.js').Visit} Visit */
/** @typedef {Partial<Parameters<typeof openVisit>[1]> & {browser?: import('puppeteer-core').Browser}} VisitOptions */

/**
 * @typedef {object} Stage
 * @property {Server} server
 * @property {import('./site.js').Site} friend another site, whose pages the server serves
 * @property {import('./site.js').Site} stranger another site, whose pages it does not
 * @property {(options?: VisitOptions) => Promise<Visit>} open visits the page
 * @property {(end: () => Promise<unknown>) => void} atEnd what is to be done after the test, the last named first
 */

const TEST_S = 100

/** @type {Omit<Stage, 'open' | 'atEnd'>} */
let shared
/** @type {import('puppeteer-core').Browser} */
let chromium
/** Undone in the opposite order. @type {(() => Promise<unknown>)[]} */
const endings = []

before(async () => {
  if (withoutChromium && withoutFirefox) return
  const friend = await startSite()
  endings.unshift(() => friend.stop())
  const stranger = await startSite()
  endings.unshift(() => stranger.stop())
  const server = await startServer({ settings: { WILDTRACK_CORS_ORIGINS: friend.url } })
  endings.unshift(() => server.stop())
  shared = { server, friend, stranger }
  if (withoutChromium) return
  chromium = await launchChromium()
  endings.unshift(() => chromium.close())
})

after(async () => {
  for (const end of endings) await end()
})

/**
 * A test of the page, which fails as well if a page did on the way what it never should, or the server complained.
 * @param {string} sentence that holds
 * @param {(stage: Stage) => Promise<void>} act
 * @param {object} [options]
 * @param {string | false} [options.skip]
 */
export function testPage(sentence, act, { skip = withoutChromium } = {}) {
  test(sentence, { skip, timeout: TEST_S * 1000 }, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'wildtrack-test-'))
    const ends = [() => rm(folder, { recursive: true, force: true })]
    /** @type {Visit[]} */
    const visits = []
    const open = async (/** @type {VisitOptions} */ { browser = chromium, ...options } = {}) => {
      const downloads = await mkdtemp(join(folder, 'downloads-'))
      const downloadBehavior = /** @type {const} */ ({ policy: 'allow', downloadPath: downloads })
      const context = await browser.createBrowserContext({ downloadBehavior })
      ends.unshift(() => context.close())
      const visit = await openVisit(context, { url: shared.server.url, downloads, ...options })
      visits.push(visit)
      return visit
    }
    try {
      await act({ ...shared, open, atEnd: (end) => ends.unshift(end) })
      for (const { watch } of visits) watch.assertClean()
      assert.deepEqual(shared.server.takeComplaints(), [])
    } catch (error) {
      for (const visit of visits) t.diagnostic(await visit.describe())
      t.diagnostic(shared.server.tail())
      shared.server.takeComplaints() // the next test has no part in them
      throw error
    } finally {
      for (const end of ends) await end()
    }
  })
}
