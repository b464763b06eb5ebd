// Finds the real browsers and launches them so that they speak to nobody but this machine.

import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

import puppeteer from 'puppeteer-core'

/** @param {string[]} names */
function findProgram(...names) {
  for (const name of names) {
    for (const folder of (process.env.PATH ?? '').split(delimiter)) {
      try {
        accessSync(join(folder, name), constants.X_OK)
        return join(folder, name)
      } catch {
        // Not in this folder.
      }
    }
  }
  return null
}

const chromium = findProgram('chromium', 'chromium-browser', 'google-chrome')
const firefox = findProgram('firefox-esr', 'firefox')
export const pulseaudio = findProgram('pulseaudio')

/**
 * What node:test's `skip` option takes: false, or the reason. In CI nothing is skipped: what is missing fails.
 * @param {Record<string, string | null>} programs
 */
function without(programs) {
  const missing = Object.keys(programs).filter((name) => programs[name] === null)
  return missing.length === 0 || process.env.CI ? false : `not installed here: ${missing.join(', ')}`
}
export const withoutChromium = without({ chromium })
export const withoutFirefox = without({ 'firefox-esr': firefox, pulseaudio })

/** Sound starts by real clicks only: the autoplay policy stays as it is. */
export function launchChromium() {
  return puppeteer.launch({
    executablePath: chromium ?? 'chromium',
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--lang=en-US',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
    ],
  })
}

/** @param {import('./sound-card.js').SoundCard} soundCard */
export function launchFirefox(soundCard) {
  return puppeteer.launch({
    browser: 'firefox',
    executablePath: firefox ?? 'firefox-esr',
    headless: true,
    env: { ...process.env, ...soundCard.env },
    extraPrefsFirefox: {
      'intl.accept_languages': 'en-US',
      // Whatever is not this machine is asked of a proxy that is not there.
      'network.proxy.type': 1,
      'network.proxy.http': '127.0.0.1',
      'network.proxy.http_port': 9,
      'network.proxy.ssl': '127.0.0.1',
      'network.proxy.ssl_port': 9,
    },
  })
}
