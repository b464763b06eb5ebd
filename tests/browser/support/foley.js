// One visit to the Foley view: a clip of a bouncing box, handed in, heard, edited and taken home as people do it.

import { spawnSync } from 'node:child_process'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'

import { until } from './waiting.js'

const PATIENCE_S = 60
const CLIP_S = 6

/** A box that bounces once a second on the ground of a street of nothing. VP9, which every browser knows. */
export function writeClip(folder, name = 'bouncing.webm') {
  const path = join(folder, name)
  const box = 'color=c=0xd8d0c0:s=48x48:r=30'
  const ground = 'color=c=0x405060:s=320x180:r=30'
  const bounce = "[0][1]overlay=x=136+20*t:y='128-110*abs(cos(PI*t))':shortest=1"
  const made = spawnSync('ffmpeg', [
    ...['-v', 'error', '-y', '-f', 'lavfi', '-i', ground, '-f', 'lavfi', '-i', box, '-filter_complex', bounce],
    ...['-t', String(CLIP_S), '-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-b:v', '300k', path],
  ])
  if (made.error ?? made.status !== 0) throw made.error ?? new Error(`ffmpeg: ${made.stderr}`)
  return path
}

export class FoleyVisit {
  /** What the server answered to whatever makes a task, in order. @type {{task_id: string, token: string, cached: boolean}[]} */
  tasks = []
  /** What was asked of the server to be rendered again. @type {any[]} */
  edits = []

  /** @param {import('./visit.js').Visit} visit */
  constructor(visit) {
    this.visit = visit
    this.page = visit.page
    this.page.on('response', async (response) => {
      const request = response.request()
      const makes = request.url().endsWith('/start-generation/') || request.method() === 'PUT'
      if (!makes || response.status() !== 202) return
      this.tasks.push(await response.json())
      if (request.method() === 'PUT') this.edits.push(JSON.parse(request.postData() ?? ''))
    })
  }

  /** @param {string} path */
  async choose(path) {
    const input = await this.page.waitForSelector('#video-file')
    await /** @type {any} */ (input).uploadFile(path)
  }

  /**
   * Waits for something to hold in the page.
   * @param {string} what
   * @param {() => unknown} look runs in the page
   */
  async until(what, look) {
    return until(PATIENCE_S, what, () => this.page.evaluate(look))
  }

  /** Hands the clip in and waits for its first sound. @param {string} path */
  async begin(path) {
    await this.choose(path)
    await this.page.click('#make')
    await this.until('the first sound', () => document.querySelector('#foley-sound').currentTime > 0)
  }

  /** All of it has come, and can be edited. */
  async whole() {
    await this.until('all of it', () => !document.querySelector('#add-sound').disabled)
  }

  /** How far the picture is from the sound, in seconds. */
  apart() {
    return this.page.evaluate(() => {
      const [video, sound] = [document.querySelector('#video'), document.querySelector('#foley-sound')]
      return Math.abs(video.currentTime - sound.currentTime)
    })
  }

  /** What each sound of the timeline says of itself. @returns {Promise<string[]>} */
  sounds() {
    return this.page.$$eval('.pin', (pins) => pins.map((pin) => pin.getAttribute('aria-label')))
  }

  /**
   * @param {string} kind
   * @param {string} ending of the file's name
   */
  async download(kind, ending) {
    const { downloads } = this.visit
    const before = await readdir(downloads)
    await this.page.click('#foley-download')
    await this.page.click(`#foley-download-place [data-value=${kind}]`)
    const name = await until(PATIENCE_S, `a file of ${kind}`, async () => {
      const names = await readdir(downloads)
      return names.find((each) => !before.includes(each) && each.endsWith(`.${ending}`))
    })
    return readFile(join(downloads, name))
  }

  /** Waits for words in the view's own status line. @param {string} words */
  async told(words) {
    await this.page.waitForFunction((wanted) => document.querySelector('#foley-status').textContent.includes(wanted), {}, words)
  }

  /** Asks the server for something of a task, as a program would. @param {{task_id: string, token: string}} task @param {string} path */
  async ask({ task_id, token }, path) {
    const address = new URL(`/v1/video/foley/${task_id}/${path}`, this.page.url())
    return fetch(address, { headers: { 'X-Task-Token': token } })
  }
}
