// What the tests of Foley share: sounds, beds, a whole timeline, and a connection to a server that a test plays.

import { TimelineModel } from '../../../web/page/foley/timeline-model.js'

export const hit = (onset_s, more = {}) => ({
  onset_s,
  duration_s: 0,
  label: 'impact',
  material: more.label ? null : 'wood',
  strength: 0.5,
  pan: 0,
  distance: 0.5,
  confidence: 0.9,
  ...more,
})

export const bed = (start_s, end_s, more = {}) => ({ start_s, end_s, label: 'rain', level: 0.5, room: 'outdoors', ...more })

/** A timeline of four seconds, all of it found. */
export function whole(events = [], beds = []) {
  const model = new TimelineModel()
  model.clear(4)
  model.grow({ until_s: 4, events, beds })
  model.complete(4, beds)
  return model
}

/** A task being watched: a test says what comes of it. */
export class FakeWatching extends EventTarget {
  stopped = false
  #settle

  constructor(task) {
    super()
    this.task = task
    this.finished = new Promise((resolve, reject) => (this.#settle = { resolve, reject }))
    this.finished.catch(() => {})
  }

  tell(type, detail = {}) {
    this.dispatchEvent(new CustomEvent(type, { detail }))
  }

  /** Of silence, in stereo. */
  sound(seconds) {
    for (let n = 0; n < Math.round(seconds * 10); n++) this.tell('chunk', { pcm: new Int16Array(9600) })
  }

  start() {
    this.tell('started', { sample_rate_hz: 48000, channels: 2 })
  }

  done() {
    this.tell('done')
    this.#settle.resolve()
  }

  fail(problem) {
    this.tell('error', problem)
    this.#settle.reject(problem)
  }

  stop() {
    if (this.stopped) return
    this.stopped = true
    this.tell('cancelled')
    this.#settle.resolve()
  }
}

/** A connection that is there at once. What was asked of it is in `asked`; what is watched is in `watchings`. */
export class FakeLink {
  asked = []
  watchings = []
  #tasks = 0
  /** Thrown by the next request of this name. */
  refusals = {}
  timeline = { duration_s: 4, events: [], beds: [], quality: { warnings: [] } }

  get client() {
    const task = () => ({ task_id: `t${++this.#tasks}`, token: 'secret', cached: false })
    const act = (name, answer) => async (...given) => {
      this.asked.push([name, ...given])
      const refusal = this.refusals[name]
      delete this.refusals[name]
      if (refusal) throw refusal
      return answer()
    }
    return {
      foley: {
        generate: act('generate', task),
        edit: act('edit', task),
        timeline: act('timeline', () => this.timeline),
        remove: act('remove', () => {}),
        cancel: act('cancel', () => {}),
        download: act('download', () => new Blob(['file'])),
      },
      watch: (given) => {
        const watching = new FakeWatching(given)
        this.watchings.push(watching)
        return watching
      },
    }
  }

  async ready() {
    return this.client
  }

  all(name) {
    return this.asked.filter(([each]) => each === name).map(([, ...given]) => given)
  }
}
