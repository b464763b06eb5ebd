// What the page does with a video: hands it in, takes sound and timeline as they come, renders again, gives up, removes.
// No DOM here: the views listen and ask.
import { Recording } from '../../player/recording.js'
import { asProblem } from '../link.js'

/** @typedef {import('../../client/foley.js').NewTask} NewTask */
/** @typedef {import('../../client/foley.js').Stem} Stem */
/** @typedef {import('../../client/foley.js').Wishes} Wishes */
/** @typedef {import('../../client/watching.js').Progress} Progress */
/** @typedef {import('../link.js').Client} Client */
/** @typedef {import('../link.js').Problem} Problem */

/**
 * `idle`: nothing is under way. `uploading`, `working`: the first sound of a video is asked for. `rendering`: another one is
 * made from the timeline as it was edited, while the one before can be heard.
 * @typedef {'idle' | 'uploading' | 'working' | 'rendering'} Phase
 */

/** @typedef {'uploading' | 'working' | 'rendering' | 'done' | 'stopped' | 'removed'} News */
/** @typedef {CustomEvent<{problem: Problem, act: 'make' | 'render' | 'remove'}>} ProblemEvent */

/** The sound of another timeline takes over where the one before is, as soon as there is this much to go on with. */
const TAKE_OVER_S = 0.5
/** Chromium starts with no less; the first sound of all does not wait for more. */
const FIRST_S = 0.25

/**
 * Dispatches `change` (phase), `news` (detail {news}), `progress`, `grown` (more sound), `warnings`, and `problem` (detail
 * {problem, act}: what was being done).
 */
export class Session extends EventTarget {
  /** @type {Phase} */
  phase = 'idle'
  /** How much of the video was sent, 0 to 1. */
  uploaded = 0
  /** @type {Progress | null} */
  progress = null
  /** What is wrong with the picture. @type {{code: string, message: string}[]} */
  warnings = []
  /** Whether the server had made it before. */
  cached = false
  #link
  #timeline
  #deck
  #now
  /** The task that looked at the video: edits are made of it. @type {NewTask | null} */
  #root = null
  /** The task of what is heard. @type {NewTask | null} */
  #heard = null
  /** The same, once all of it has come. @type {NewTask | null} */
  #whole = null
  /** Whether the video was looked at to its end. */
  #isSeen = false
  /** Every task of this video that the server may still have. @type {NewTask[]} */
  #tasks = []
  /** What is under way. Whatever ends it makes a new one, so that late news of an old one is not taken for its. */
  #turn = new AbortController()

  /**
   * @param {object} parts
   * @param {import('../link.js').Link} parts.link
   * @param {import('./timeline-model.js').TimelineModel} parts.timeline
   * @param {import('./deck.js').Deck} parts.deck plays what comes
   * @param {() => number} parts.now milliseconds, monotonic
   */
  constructor({ link, timeline, deck, now }) {
    super()
    this.#link = link
    this.#timeline = timeline
    this.#deck = deck
    this.#now = now
  }

  /** The task of what is heard, once it is whole; null before. */
  get whole() {
    return this.#whole
  }

  /** True where the server has anything of this video. */
  get isKept() {
    return this.#tasks.length > 0
  }

  /** True where the timeline may be edited: all of it is there. */
  get isEditable() {
    return this.#root !== null && this.#isSeen
  }

  /**
   * Asks for the sound of a video. Call it within the tap or key press.
   * @param {Blob} video
   * @param {Wishes} wishes
   * @param {number | null} durationS of the video, where it is known
   */
  async make(video, wishes, durationS) {
    const turn = this.#begin('uploading')
    const before = this.#forget()
    this.#deck.unlock()
    this.#timeline.clear(durationS)
    this.uploaded = 0
    try {
      const client = await this.#link.ready()
      const onUpload = (/** @type {number} */ share) => {
        if (turn.signal.aborted) return
        this.uploaded = share
        this.#emit('progress')
      }
      const asked = client.foley.generate({ video, wishes, onUpload, signal: turn.signal })
      // Not before: the same video with the same wishes is there at once for as long as the server has it.
      const remove = () => void this.#remove(client, before)
      asked.then(remove, remove)
      const task = await asked
      if (turn.signal.aborted) {
        void this.#remove(client, [task])
        return
      }
      this.#root = task
      this.cached = task.cached
      this.#become('working')
      await this.#follow(client, task, turn, FIRST_S)
      const { duration_s, beds } = await client.foley.timeline(task)
      if (turn.signal.aborted) return
      this.#timeline.complete(duration_s ?? this.#deck.durationS, beds)
      this.#isSeen = true
      this.#finish('done')
    } catch (error) {
      if (!turn.signal.aborted) this.#fail(asProblem(error), 'make')
    }
  }

  /**
   * Renders the timeline as it is edited now.
   * @param {Stem[]} stems those that are to be heard
   */
  async renderAgain(stems) {
    const root = this.#root
    if (!root) return
    const turn = this.#begin('rendering')
    const { items } = this.#timeline
    try {
      const client = await this.#link.ready()
      const task = await client.foley.edit(root, { ...this.#timeline.edit, stems })
      if (turn.signal.aborted) {
        void this.#remove(client, [task])
        return
      }
      const before = this.#heard
      await this.#follow(client, task, turn, this.#deck.positionS + TAKE_OVER_S)
      this.#timeline.hear(items)
      if (before && before !== root) void this.#remove(client, [before])
      this.#finish('done')
    } catch (error) {
      if (!turn.signal.aborted) this.#fail(asProblem(error), 'render')
    }
  }

  /** Gives up what is under way; what was made can be heard. */
  stop() {
    const { phase } = this
    if (phase === 'idle') return
    this.#turn.abort()
    this.#deck.end()
    this.#finish('stopped')
    const working = this.#tasks.at(-1)
    const { client } = this.#link
    if (!client || !working || phase === 'uploading') return
    const ending = phase === 'rendering' ? this.#remove(client, [working]) : client.foley.cancel(working)
    void ending.catch(() => {}) // it ends by itself where nobody watches, and is removed after its time
  }

  /** Removes all of this video from the server; what was heard stays in the page until another video is chosen. */
  async removeAll() {
    this.stop()
    const tasks = this.#tasks
    this.#tasks = []
    this.#root = this.#heard = this.#whole = null
    this.#emit('change')
    const failed = await this.#remove(await this.#link.ready(), tasks)
    if (failed.length > 0) {
      this.#tasks = failed
      this.#fail({ code: 'remove_failed', message: 'It could not be removed.', retryable: true }, 'remove')
    } else this.#finish('removed')
  }

  /** Another video is chosen: silence, and nothing of the one before. */
  clear() {
    this.stop()
    const tasks = this.#forget()
    this.#timeline.clear()
    this.#emit('grown')
    if (tasks.length > 0) void this.#link.ready().then((client) => this.#remove(client, tasks))
  }

  /**
   * What was made, as a file of the server.
   * @param {import('../../client/foley.js').Result} result
   * @param {{language: 'en' | 'zh'}} options
   * @returns {Promise<Blob>} rejects with a Problem
   */
  async file(result, options) {
    const task = this.whole
    if (!task) throw new Error('Nothing is whole.')
    return (await this.#link.ready()).foley.download(task, result, options)
  }

  /**
   * Takes a task's sound and all that is told of it, until all has come.
   * @param {Client} client
   * @param {NewTask} task
   * @param {AbortController} turn
   * @param {number} enoughS seconds of it after which it is heard
   */
  async #follow(client, task, turn, enoughS) {
    this.#tasks.push(task)
    const askedMs = this.#now()
    const watching = client.watch(task)
    turn.signal.addEventListener('abort', () => watching.stop())
    /** @type {Recording | null} */
    let recording = null
    let isLetGo = false
    const takeOver = (/** @type {Recording} */ coming) => {
      if (coming === this.#deck.recording) return
      this.#heard = task
      this.#whole = null
      this.#deck.takeOver(coming, askedMs)
    }
    watching.addEventListener('started', (event) => {
      const { sample_rate_hz, channels } = /** @type {CustomEvent} */ (event).detail
      recording = new Recording({ sampleRateHz: sample_rate_hz, channels })
    })
    watching.addEventListener('chunk', (event) => {
      const coming = /** @type {Recording} */ (recording)
      this.#deck.add(coming, /** @type {CustomEvent} */ (event).detail.pcm)
      if (coming.durationS >= enoughS) takeOver(coming)
      if (coming === this.#deck.recording) this.#emit('grown')
    })
    if (task === this.#root) {
      watching.addEventListener('timeline', (event) => this.#timeline.grow(/** @type {CustomEvent} */ (event).detail))
      watching.addEventListener('warning', (event) => {
        this.warnings = [...this.warnings, /** @type {CustomEvent} */ (event).detail]
        this.#emit('warnings')
      })
    }
    watching.addEventListener('progress', (event) => {
      this.progress = /** @type {CustomEvent} */ (event).detail
      this.#emit('progress')
    })
    watching.addEventListener('cancelled', () => (isLetGo = true))
    await watching.finished
    if (turn.signal.aborted) throw turn.signal.reason
    if (isLetGo) throw { code: 'connection_lost', message: 'The connection was opened anew.', retryable: true }
    if (recording === null) return
    takeOver(recording)
    this.#deck.end()
    this.#whole = task
  }

  /** @param {'uploading' | 'rendering'} phase */
  #begin(phase) {
    this.stop()
    this.#turn = new AbortController()
    this.progress = null
    this.#become(phase)
    return this.#turn
  }

  /** @param {News} news */
  #finish(news) {
    this.progress = null
    this.#become('idle', news)
    this.#emit('grown')
  }

  /** Knows nothing of a video any more. @returns {NewTask[]} what the server may still have of it */
  #forget() {
    const tasks = this.#tasks
    this.#tasks = []
    this.#root = this.#heard = this.#whole = null
    this.#isSeen = false
    this.warnings = []
    this.cached = false
    this.#deck.empty()
    this.#emit('warnings')
    return tasks
  }

  /**
   * @param {Client} client
   * @param {NewTask[]} tasks
   * @returns {Promise<NewTask[]>} those that the server would not remove
   */
  async #remove(client, tasks) {
    this.#tasks = this.#tasks.filter((task) => !tasks.includes(task))
    const removed = await Promise.allSettled(tasks.map((task) => client.foley.remove(task)))
    return tasks.filter((_, at) => {
      const outcome = removed[at]
      return outcome.status === 'rejected' && asProblem(outcome.reason).code !== 'task_not_found'
    })
  }

  /**
   * @param {Problem} problem
   * @param {'make' | 'render' | 'remove'} act
   */
  #fail(problem, act) {
    this.#turn.abort()
    this.#deck.end()
    this.progress = null
    this.#become('idle', null)
    this.#emit('grown')
    this.dispatchEvent(new CustomEvent('problem', { detail: { problem, act } }))
  }

  /**
   * @param {Phase} phase
   * @param {News | null} [news] what is said of it; by its name, if left out
   */
  #become(phase, news = phase === 'idle' ? null : phase) {
    if (phase !== this.phase) {
      this.phase = phase
      this.#emit('change')
    }
    if (news) this.dispatchEvent(new CustomEvent('news', { detail: { news } }))
  }

  /** @param {string} type */
  #emit(type) {
    this.dispatchEvent(new Event(type))
  }
}
