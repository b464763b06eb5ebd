// A small, strict browser: MediaSource, SourceBuffer and <audio> that obey the rules real ones have, and throw where those do.
// Time moves only when a test says so, sample by sample, so that what was "heard" can be compared with what was made.

import { FlacDecoder } from '../../../web/player/flac-decoder.js'

const named = (name, message) => Object.assign(new Error(message), { name })
const invalidState = (message) => named('InvalidStateError', message)
const later = (act) => setImmediate(act)

/** Chromium's rule: less than this ahead does not start. */
const START_S = 0.2

/** Ends of the boxes at `from`, with their types: [type, bodyStart, end]. */
function boxes(view, from, to) {
  const found = []
  for (let at = from; at < to; ) {
    const size = view.getUint32(at)
    const type = String.fromCharCode(...new Uint8Array(view.buffer, view.byteOffset + at + 4, 4))
    found.push([type, at + 8, at + size])
    at += size
  }
  return found
}

const inside = (view, [, from, to], type) => boxes(view, from, to).find(([name]) => name === type)

class FakeSourceBuffer extends EventTarget {
  updating = false
  /** Start sample -> {samples, data}. */
  frames = new Map()
  /** What was asked of it, in order: {kind: 'init' | 'append' | 'remove', ...}. */
  log = []
  #initialised = false

  constructor(source, { quotaBytes, rejects }) {
    super()
    this.source = source
    this.quotaBytes = quotaBytes
    this.rejects = rejects
  }

  get bytes() {
    return [...this.frames.values()].reduce((sum, { data }) => sum + data.length, 0)
  }

  get rateHz() {
    return this.source.rateHz
  }

  get buffered() {
    if (this.source.readyState === 'closed') throw invalidState('the buffer was removed from its source')
    const ranges = []
    for (const start of [...this.frames.keys()].sort((a, b) => a - b)) {
      const end = start + this.frames.get(start).samples
      if (ranges.at(-1)?.[1] === start) ranges.at(-1)[1] = end
      else ranges.push([start, end])
    }
    // Browsers round to microseconds, and one of them downwards.
    const seconds = (samples) => Math.floor((samples / this.rateHz) * 1e6) / 1e6
    return { length: ranges.length, start: (i) => seconds(ranges[i][0]), end: (i) => seconds(ranges[i][1]) }
  }

  #begin() {
    if (this.source.readyState === 'closed') throw invalidState('the buffer was removed from its source')
    if (this.updating) throw invalidState('one operation at a time')
    if (this.source.readyState === 'ended') this.source.readyState = 'open'
  }

  #update(act) {
    this.updating = true
    later(() => {
      if (this.source.readyState === 'closed') return
      const error = act()
      this.updating = false
      if (error) this.dispatchEvent(new Event('error'))
      this.dispatchEvent(new Event('updateend'))
      this.source.audio?.dataChanged()
    })
  }

  appendBuffer(bytes) {
    this.#begin()
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const top = boxes(view, 0, bytes.byteLength)
    if (this.bytes + bytes.length > this.quotaBytes) throw named('QuotaExceededError', 'full')
    if (this.rejects) {
      this.#update(() => true)
      return
    }
    if (top[0][0] === 'ftyp') {
      this.log.push({ kind: 'init' })
      const track = inside(view, inside(view, inside(view, top[1], 'trak'), 'mdia'), 'mdhd')
      this.source.rateHz = view.getUint32(track[1] + 12)
      const table = inside(view, inside(view, inside(view, inside(view, top[1], 'trak'), 'mdia'), 'minf'), 'stbl')
      this.source.channels = view.getUint16(inside(view, table, 'stsd')[1] + 8 + 24)
      this.#update(() => void (this.#initialised = true))
      return
    }
    if (!this.#initialised) throw new Error('a fragment came before the init segment')
    const track = inside(view, top[0], 'traf')
    const start = Number(view.getBigUint64(inside(view, track, 'tfdt')[1] + 4))
    const run = inside(view, track, 'trun')[1]
    const hasDurations = (view.getUint32(run) & 0x100) !== 0
    const count = view.getUint32(run + 4)
    this.log.push({ kind: 'append', start, count })
    let data = view.getUint32(run + 8)
    if (data !== top[1][1]) throw new Error('the data offset does not lead to mdat')
    let at = start
    const frames = []
    for (let i = 0; i < count; i++) {
      const entry = run + 12 + i * (hasDurations ? 8 : 4)
      const samples = hasDurations ? view.getUint32(entry) : 1024
      const size = view.getUint32(entry + (hasDurations ? 4 : 0))
      frames.push([at, { samples, data: bytes.slice(data, data + size) }])
      at += samples
      data += size
    }
    if (data !== bytes.length) throw new Error('the sizes do not add up to the data')
    this.#update(() => {
      for (const [from, frame] of frames) this.frames.set(from, frame)
    })
  }

  remove(fromS, toS) {
    this.#begin()
    if (!(toS > fromS) || fromS < 0) throw new TypeError('nothing to remove')
    this.log.push({ kind: 'remove', fromS, toS })
    this.#update(() => this.evict(fromS, toS))
  }

  /** What a browser may do by itself. */
  evict(fromS, toS) {
    for (const [start, { samples }] of this.frames) {
      if (start >= fromS * this.rateHz - 1 && start + samples <= toS * this.rateHz + 1) this.frames.delete(start)
    }
  }
}

export class FakeMediaSource extends EventTarget {
  readyState = 'closed'
  buffers = []
  ends = 0
  audio = null
  #duration = NaN
  /** Every one that was made, so that tests can look inside. */
  static made = []
  static settings = { quotaBytes: Infinity, rejectedTypes: [], supportedTypes: null }

  static isTypeSupported(type) {
    return FakeMediaSource.settings.supportedTypes?.includes(type) ?? type.startsWith('audio/mp4')
  }

  constructor() {
    super()
    FakeMediaSource.made.push(this)
  }

  static reset(settings = {}) {
    FakeMediaSource.made = []
    FakeMediaSource.settings = { quotaBytes: Infinity, rejectedTypes: [], supportedTypes: null, ...settings }
  }

  get duration() {
    return this.#duration
  }

  set duration(seconds) {
    if (this.readyState !== 'open') throw invalidState('not open')
    if (this.buffers.some((buffer) => buffer.updating)) throw invalidState('updating')
    const { buffered } = this.buffers[0]
    if (buffered.length && seconds < buffered.end(buffered.length - 1) - 1e-6) throw invalidState('shorter than what is buffered')
    this.#duration = seconds
  }

  addSourceBuffer(type) {
    if (this.readyState !== 'open') throw invalidState('not open')
    this.type = type
    const { quotaBytes, rejectedTypes } = FakeMediaSource.settings
    const buffer = new FakeSourceBuffer(this, { quotaBytes, rejects: rejectedTypes.includes(type) })
    this.buffers.push(buffer)
    this.#duration = Infinity
    return buffer
  }

  endOfStream() {
    if (this.readyState !== 'open') throw invalidState('not open')
    if (this.buffers.some((buffer) => buffer.updating)) throw invalidState('updating')
    this.ends++
    this.readyState = 'ended'
    const { buffered } = this.buffers[0]
    this.#duration = buffered.length ? buffered.end(buffered.length - 1) : 0
    later(() => this.audio?.dataChanged())
  }
}

export class FakeManagedMediaSource extends FakeMediaSource {
  streaming = true

  ask(streaming) {
    this.streaming = streaming
    this.dispatchEvent(new Event(streaming ? 'startstreaming' : 'endstreaming'))
  }
}

/** Object URLs of fake sources. */
const urls = new Map()
URL.createObjectURL = (source) => {
  const url = `blob:fake/${urls.size}`
  urls.set(url, source)
  return url
}
URL.revokeObjectURL = () => {}

export class FakeAudio extends EventTarget {
  volume = 1
  paused = true
  ended = false
  seeking = false
  error = null
  disableRemotePlayback = false
  /** True: play() is refused, as before the first tap on a page. */
  blocked = false
  /** What came out of the loudspeaker, as values. @type {number[]} */
  heard = []
  source = null
  #sample = 0
  #src = ''
  #playing = false
  #plays = []
  #decoded = new Map()

  get src() {
    return this.#src
  }

  set src(url) {
    this.#src = url
    this.load()
  }

  hasAttribute(name) {
    return name === 'src' && this.#src !== ''
  }

  removeAttribute() {
    this.#src = ''
  }

  load() {
    if (this.source) {
      this.source.readyState = 'closed'
      this.source.audio = null
    }
    for (const { reject } of this.#plays.splice(0)) reject(named('AbortError', 'a new load came'))
    this.source = urls.get(this.#src) ?? null
    this.paused = true
    this.ended = this.seeking = this.#playing = false
    this.#sample = 0
    this.#decoded.clear()
    const source = this.source
    if (!source) return
    source.audio = this
    later(() => {
      if (source !== this.source) return
      source.readyState = 'open'
      source.dispatchEvent(new Event('sourceopen'))
    })
  }

  play() {
    if (this.blocked) return Promise.reject(named('NotAllowedError', 'tap first'))
    this.paused = false
    if (this.ended) this.currentTime = 0
    if (this.#playing) return Promise.resolve()
    const promise = new Promise((resolve, reject) => this.#plays.push({ resolve, reject }))
    later(() => this.dataChanged())
    return promise
  }

  pause() {
    if (this.paused) return
    this.paused = true
    this.#playing = false
    for (const { reject } of this.#plays.splice(0)) reject(named('AbortError', 'paused'))
    later(() => this.dispatchEvent(new Event('pause')))
  }

  get #rateHz() {
    return this.source?.rateHz ?? 1
  }

  get currentTime() {
    return this.#sample / this.#rateHz
  }

  set currentTime(seconds) {
    this.#sample = Math.round(seconds * this.#rateHz)
    this.ended = false
    this.seeking = true
    this.#playing = false
    later(() => {
      this.dispatchEvent(new Event('seeking'))
      this.dataChanged()
    })
  }

  /** Samples buffered from here on. */
  get #ahead() {
    const frames = this.source?.buffers[0]?.frames
    let at = Math.floor(this.#sample / 1024) * 1024
    while (frames?.has(at)) at += frames.get(at).samples
    return Math.max(0, at - this.#sample)
  }

  get #whole() {
    return this.source?.readyState === 'ended'
  }

  dataChanged() {
    const ahead = this.#ahead
    if (this.seeking && (ahead > 0 || this.#whole)) {
      this.seeking = false
      this.dispatchEvent(new Event('seeked'))
    }
    if (this.paused || this.#playing || this.seeking || this.ended) return
    if (ahead === 0 || (ahead <= START_S * this.#rateHz && !this.#whole)) return
    this.#playing = true
    this.dispatchEvent(new Event('playing'))
    for (const { resolve } of this.#plays.splice(0)) resolve()
  }

  /** Lets time pass: up to so many seconds are heard, fewer when it runs dry. Returns the seconds heard. */
  advance(seconds) {
    if (!this.#playing) return 0
    const { channels, buffers } = this.source
    const from = this.#sample
    const to = Math.min(from + Math.round(seconds * this.#rateHz), from + this.#ahead)
    for (; this.#sample < to; this.#sample++) {
      const start = Math.floor(this.#sample / 1024) * 1024
      for (let c = 0; c < channels; c++) {
        this.heard.push(this.#pcm(buffers[0].frames.get(start))[(this.#sample - start) * channels + c])
      }
    }
    if (this.#ahead === 0) {
      this.#playing = false
      if (this.#whole && this.#sample >= this.source.duration * this.#rateHz - 1) {
        this.ended = this.paused = true
        later(() => {
          this.dispatchEvent(new Event('pause'))
          this.dispatchEvent(new Event('ended'))
        })
      } else {
        this.dispatchEvent(new Event('waiting'))
      }
    }
    this.dispatchEvent(new Event('timeupdate'))
    return (to - from) / this.#rateHz
  }

  #pcm(frame) {
    let pcm = this.#decoded.get(frame)
    if (!pcm) {
      pcm = new Int16Array(frame.samples * this.source.channels)
      new FlacDecoder().decode(frame.data, pcm, 0)
      this.#decoded.clear()
      this.#decoded.set(frame, pcm)
    }
    return pcm
  }
}

/** Waits until something holds, letting all that is pending happen, but no time pass. */
export async function until(holds, what = holds.toString()) {
  for (let turn = 0; turn < 20_000; turn++) {
    if (holds()) return
    await new Promise(setImmediate)
  }
  throw new Error(`never came: ${what}`)
}

/** Lets all that is pending happen. */
export async function settled(turns = 60) {
  for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate)
}
