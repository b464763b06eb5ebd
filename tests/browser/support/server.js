// Starts the real server as a child process on a free loopback port, reads its log, and ends it by its process id.

import { spawn } from 'node:child_process'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import { within } from './waiting.js'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const RECORDER = fileURLToPath(new URL('recorder-worklet.js', import.meta.url))
/** Loading the voices takes seconds; on a machine with much else to do, many. */
const START_S = 120
const STOP_S = 20

export class Server {
  /** Every JSON line of its log so far. @type {Record<string, any>[]} */
  log = []
  /** What a test makes it complain of. @type {RegExp[]} */
  expected = []
  /** How many lines takeComplaints() has seen. */
  #looked = 0
  #child
  #folder
  #exited
  /** @type {(() => void)[]} */
  #watchers = []

  /**
   * @param {import('node:child_process').ChildProcessWithoutNullStreams} child
   * @param {string} folder its data, removed at the end
   */
  constructor(child, folder) {
    this.#child = child
    this.#folder = folder
    this.#exited = new Promise((resolve) => child.once('exit', resolve))
    const killAtExit = () => child.kill('SIGKILL') // when a test run breaks off
    process.once('exit', killAtExit)
    child.once('exit', () => process.off('exit', killAtExit))
    createInterface({ input: child.stderr }).on('line', (line) => {
      this.log.push(line.startsWith('{') ? JSON.parse(line) : { event: 'not_json', line })
      for (const look of this.#watchers) look()
    })
    this.ready = new Promise((resolve, reject) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        const said = /^Wildtrack is ready: (http:\S+)$/.exec(line)
        if (said) resolve(said[1])
      })
      child.once('error', reject)
      child.once('exit', (status) => reject(new Error(`The server ended with ${status}: ${this.tail()}`)))
    })
    /** Without a slash at the end; known once `ready` has resolved. */
    this.url = ''
  }

  get port() {
    return Number(new URL(this.url).port)
  }

  /** The last lines of its log, for a failure's report. */
  tail(lines = 8) {
    return this.log.slice(-lines).map((line) => JSON.stringify(line)).join('\n')
  }

  /** What it said since the last call that no test makes it say: of something wrong, or not in JSON. */
  takeComplaints() {
    const lines = this.log.slice(this.#looked).filter(({ level }) => level !== 'info')
    this.#looked = this.log.length
    const complaints = lines.map((line) => JSON.stringify(line))
    return complaints.filter((complaint) => !this.expected.some((words) => words.test(complaint)))
  }

  /** How many streams have ended so far: what `streamEnded` counts from. */
  get streamsEnded() {
    return this.log.filter(({ event }) => event === 'stream').length
  }

  /**
   * The log's line on a stream that has ended.
   * @param {number} index in the order of their ends
   * @returns {Promise<{outcome: string, voice: string, audio_s: number, underruns: number}>}
   */
  streamEnded(index) {
    const line = () => this.log.filter(({ event }) => event === 'stream').at(index)
    const found = new Promise((resolve) => {
      const look = () => line() && resolve(line())
      this.#watchers.push(look)
      look()
    })
    return within(20, `the log's line on stream ${index}`, found)
  }

  /** Ends it, and whatever it spoke. */
  async stop() {
    this.#child.kill('SIGTERM')
    await within(STOP_S, 'the end of the server', this.#exited).catch(() => this.#child.kill('SIGKILL'))
    await this.#exited
    await rm(this.#folder, { recursive: true, force: true })
  }
}

/**
 * @param {object} [options]
 * @param {number} [options.port] 0 takes a free one
 * @param {Record<string, string>} [options.settings] environment, as `WILDTRACK_...`
 * @returns {Promise<Server>} answering
 */
export async function startServer({ port = 0, settings = {} } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'wildtrack-browser-'))
  // The page's own files and one more: the page's CSP lets it load a recorder from its own origin only.
  const web = join(folder, 'web')
  await cp(join(ROOT, 'web'), web, { recursive: true })
  await cp(RECORDER, join(web, 'recorder-worklet.js'))
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('WILDTRACK_'))
  const child = spawn(join(ROOT, '.venv/bin/python'), ['-m', 'server', '--port', String(port)], {
    cwd: ROOT,
    env: {
      ...Object.fromEntries(inherited),
      WILDTRACK_DATA_DIR: join(folder, 'data'),
      WILDTRACK_WEB_DIR: web,
      WILDTRACK_LOG_LEVEL: 'info',
      WILDTRACK_DRAIN_TIMEOUT_S: '0',
      // A test machine may be too busy to serve several in real time; there they take turns.
      WILDTRACK_MAX_WAITING: '100',
      WILDTRACK_MAX_WAIT_S: '120',
      ...settings,
    },
  })
  const server = new Server(child, folder)
  try {
    server.url = await within(START_S, 'the server to be ready', server.ready)
  } catch (error) {
    await server.stop()
    throw error
  }
  return server
}
