// A small AudioContext: it runs the real worklet processor, quantum by quantum, when a test lets time pass.

import { settled } from './fake-media.js'

const QUANTUM = 128

/** Two ends of a wire; messages arrive later, in order, as copies would. */
function channel() {
  const ends = [{ onmessage: null }, { onmessage: null }]
  ends.forEach((end, i) => {
    end.postMessage = (data, transfer = []) => {
      const copy = structuredClone(data, { transfer })
      setImmediate(() => ends[1 - i].onmessage?.({ data: copy }))
    }
  })
  return ends
}

/** Loads pcm-worklet.js once, for a scope whose sample rate tests can set. */
const scope = { registered: null, port: null }
globalThis.AudioWorkletProcessor = class {
  port = scope.port
}
globalThis.registerProcessor = (name, Processor) => (scope.registered = { name, Processor })
await import('../../../web/player/pcm-worklet.js')

/**
 * A window with AudioContext and what hangs on it. `running` of each context says whether time passes for it.
 * @param {object} [settings] blocked: resume() stays pending, as before the first tap; broken: the module does not load
 */
export function fakeScope({ blocked = false, broken = false } = {}) {
  const made = []

  class AudioContext {
    state = 'suspended'
    currentTime = 0
    destination = {}
    /** One list of values for each channel. */
    heard = [[], []]
    processor = null
    #resumes = []

    audioWorklet = {
      addModule: (url) => (broken ? Promise.reject(new Error(`cannot load ${url.pathname.split('/').at(-1)}`)) : Promise.resolve()),
    }

    constructor({ sampleRate }) {
      this.sampleRate = sampleRate
      made.push(this)
    }

    resume() {
      if (settings.blocked) return new Promise((resolve) => this.#resumes.push(resolve))
      this.state = 'running'
      return Promise.resolve()
    }

    suspend() {
      this.state = 'suspended'
      return Promise.resolve()
    }

    close() {
      this.state = 'closed'
      return Promise.resolve()
    }

    tapped() {
      settings.blocked = false
      this.state = 'running'
      for (const resolve of this.#resumes.splice(0)) resolve()
    }

    /** Lets time pass, with all messages that it brings about. */
    async advance(seconds) {
      for (let left = seconds * this.sampleRate; left > 0; left -= QUANTUM) {
        if (this.state === 'running' && this.processor) {
          globalThis.sampleRate = this.sampleRate
          const output = [new Float32Array(QUANTUM), new Float32Array(QUANTUM)]
          this.processor.process([], [output])
          output.forEach((values, c) => this.heard[c].push(...values))
        }
        if (this.state === 'running') this.currentTime += QUANTUM / this.sampleRate
        if (left % (8 * QUANTUM) < QUANTUM) await settled(4)
      }
      await settled(8)
    }
  }
  Object.defineProperty(AudioContext.prototype, 'audioWorklet', { value: null, writable: true })

  class AudioWorkletNode {
    constructor(context, name, { outputChannelCount }) {
      if (name !== scope.registered.name || outputChannelCount[0] !== 2) throw new Error('no such processor')
      const [port, far] = channel()
      scope.port = far
      this.port = port
      context.processor = new scope.registered.Processor({})
    }

    connect() {}
  }

  class GainNode {
    constructor(context, { gain }) {
      this.gain = { value: gain }
      context.gain = this
    }

    connect() {}
  }

  const settings = { blocked, broken }
  return {
    AudioContext,
    AudioWorkletNode,
    GainNode,
    made,
    settings,
    navigator: { userActivation: { hasBeenActive: false } },
    performance: { now: () => 0 },
    setTimeout: (act, _ms, ...args) => void setImmediate(act, ...args),
  }
}
