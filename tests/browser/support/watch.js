// Watches a page for what should never happen: errors in the console, breaches of its CSP, requests to anybody else.

import assert from 'node:assert/strict'

export class Watch {
  /** @type {string[]} */
  #breaches = []
  #origins
  /** What a test breaks on purpose. @type {RegExp[]} */
  expected = []

  /** @param {string[]} origins the only ones that the page may speak to */
  constructor(...origins) {
    this.#origins = origins
  }

  /**
   * Call it before the page is loaded.
   * @param {import('puppeteer-core').Page} page
   */
  async begin(page) {
    page.on('console', (message) => {
      if (message.type() === 'error') this.#note(`console: ${message.text()} ${message.location().url ?? ''}`)
    })
    page.on('pageerror', (error) => this.#note(`thrown: ${error instanceof Error ? error.stack : String(error)}`))
    page.on('request', (request) => this.#asked(request.url()))
    page.on('response', (response) => {
      if (response.status() >= 400) this.#note(`${response.status()}: ${response.url()}`)
    })
    await page.evaluateOnNewDocument(() => {
      document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
        console.error(`breach of the CSP: ${violatedDirective} ${blockedURI}`)
      })
    })
  }

  /**
   * WebSockets too, which puppeteer's `request` events pass over in Chromium.
   * @param {import('puppeteer-core').CDPSession} session
   */
  async joinDevTools(session) {
    session.on('Network.webSocketCreated', ({ url }) => this.#asked(url.replace(/^ws/, 'http')))
    await session.send('Network.enable')
  }

  /** @param {string} url */
  #asked(url) {
    const { protocol, origin } = new URL(url)
    if (['data:', 'about:'].includes(protocol)) return
    // A blob's origin is that of the page which made it.
    if (!this.#origins.includes(origin)) this.#note(`request to ${url}`)
  }

  /** @param {string} breach */
  #note(breach) {
    if (!this.expected.some((pattern) => pattern.test(breach))) this.#breaches.push(breach)
  }

  /** @throws {assert.AssertionError} naming every breach so far */
  assertClean() {
    assert.deepEqual(this.#breaches, [])
  }
}
