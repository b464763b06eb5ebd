// What the page does with a video: hands it in, takes sound and timeline as they come, plays them, renders again, gives up.
// No DOM here: the views listen and ask.
import { Recording } from '../../player/recording.js'
import { asProblem } from '../link.js'

/** @typedef {import('../../player/player.js').Player} Player */
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

/** @typedef {'uploading' | 'working' | 'rendering' | 'playing' | 'paused' | 'finished' | 'stopped' | 'removed'} News */

/** @typedef {CustomEvent<{problem: Problem, act: 'make' | 'render' | 'remove' | 'play'}>} ProblemEvent */

/** The sound of another timeline takes over where the one before is, as soon as there is this much to go on with. */
const TAKE_OVER_S = 0.5
/** Chromium starts with no less; the first sound of all does not wait for more. */
const FIRST_S = 0.25

/**
 * Dispatches `change` (phase, playing), `news` (detail {news}), `progress`, `grown`, `moved`, `heard` (another sound is in the
 * player), `warnings`, `blocked`, and `problem` (detail {problem, act}: what was being done).
 */
export class Session extends EventTarget {
  /** @type {Phase} */
  phase = 'idle'
  playing = false
  /** False also while it plays and waits for what is still being made. */
  sounding = false
  /** How much of the video was sent, 0 to 1. */
  uploaded = 0
  /** @type {Progress | null} */
  progress = null
  /** What is wrong with the picture. @type {{code: string, message: string}[]} */
  warnings = []
  /** Whether the server had made it before. */
  cached = false
  /** From the end of the upload to the first audible sound; null before. @type {number | null} */
  latencyMs = null
  #link
  #makePlayer
  #now
  #timeline
  /** @type {Player | null} */
  #player = null
  #volume = 1
  #rate = 1
  /** The task that looked at the video: edits are made of it. @type {NewTask | null} */
  #root = null
  /** What is heard, and what was rendered. @type {NewTask | null} */
  #heard = null
  /** Of what is heard. @type {Recording | null} */
  #recording = null
  /** The task of what is heard, once all of it has come. @type {NewTask | null} */
  #whole = null
  /** Whether the video was looked at to its end. */
  #isSeen = false
  /** Every task of this video that the server may still have. @type {NewTask[]} */
  #tasks = []
  /** What is under way. Whatever ends it makes a new one, so that late news of an old one is not taken for its. */
  #turn = new AbortController()
  #wantsSound = true

  /**
   * @param {object} parts
   * @param {import('../link.js').Link} parts.link
   * @param {import('./timeline-model.js').TimelineModel} parts.timeline
   * @param {() => Promise<Player>} parts.makePlayer
   * @param {() => number} parts.now milliseconds, monotonic
   */
  constructor({ link, timeline, makePlayer, now }) {
    super()
    this.#link = link
    this.#timeline = timeline
    this.#makePlayer = makePlayer
    this.#now = now
  }

  /** Makes the player before it is needed: only a tap may start sound, and it must find the player there. */
  async prepare() {
    try {
      const player = await this.#makePlayer()
      this.#player = player
      player.volume = this.#volume
      player.rate = this.#rate
      this.#listen(player)
    } catch (error) {
      this.#fail({ ...asProblem(error), code: 'playback_failed' }, 'play')
    }
  }

  /** What is heard, or null before the first sound. */
  get recording() {
    return this.#recording
  }

  get positionS() {
    return this.#recording && this.#player ? this.#player.positionS : 0
  }

  /** Seconds made so far of what is heard. */
  get madeS() {
    return this.#recording?.durationS ?? 0
  }

  /** As `madeS`, for whoever steers: it may still grow. */
  get durationS() {
    return this.madeS
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

  /** @param {number} volume 0 to 1 */
  set volume(volume) {
    this.#volume = volume
    if (this.#player) this.#player.volume = volume
  }

  /** How fast it plays. */
  get rate() {
    return this.#player?.rate ?? 1
  }

  set rate(rate) {
    this.#rate = rate
    if (this.#player) this.#player.rate = rate
    this.#emit('change')
  }

  /**
   * Asks for the sound of a video. Call it within the tap or key press.
   * @param {Blob} video
   * @param {Wishes} wishes
   * @param {number | null} durationS of the video, where it is known
   */
  async make(video, wishes, durationS) {
    const turn = this.#begin('uploading')
    this.#player?.unlock()
    const before = this.#forget()
    this.#timeline.clear(durationS)
    this.uploaded = 0
    this.#wantsSound = true
    this.#tell('uploading')
    try {
      const client = await this.#link.ready()
      void this.#remove(client, before)
      const onUpload = (/** @type {number} */ share) => {
        if (turn.signal.aborted) return
        this.uploaded = share
        this.#emit('progress')
      }
      const task = await client.foley.generate({ video, wishes, onUpload, signal: turn.signal })
      if (turn.signal.aborted) {
        void this.#remove(client, [task])
        return
      }
      this.#root = task
      this.cached = task.cached
      this.#become('working', this.playing)
      this.#tell('working')
      await this.#follow(client, task, turn, 0)
      const { duration_s, beds } = await client.foley.timeline(task)
      if (turn.signal.aborted) return
      this.#timeline.complete(duration_s ?? this.madeS, beds)
      this.#isSeen = true
      this.#finish()
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
    this.#tell('rendering')
    const { items } = this.#timeline
    try {
      const client = await this.#link.ready()
      const task = await client.foley.edit(root, { ...this.#timeline.edit, stems })
      if (turn.signal.aborted) {
        void this.#remove(client, [task])
        return
      }
      const before = this.#heard
      await this.#follow(client, task, turn, this.positionS)
      this.#timeline.hear(items)
      if (before && before !== root) void this.#remove(client, [before])
      this.#finish()
    } catch (error) {
      if (!turn.signal.aborted) this.#fail(asProblem(error), 'render')
    }
  }

  /** Gives up what is under way; what was made can be heard. Where nothing is, it stops the sound. */
  stop() {
    const { phase } = this
    if (phase === 'idle') {
      this.pause()
      return
    }
    this.#turn.abort()
    this.#settle()
    this.#tell('stopped')
    const working = this.#tasks.at(-1)
    const { client } = this.#link
    if (!client || !working || phase === 'uploading') return
    const ending = phase === 'rendering' ? this.#remove(client, [working]) : client.foley.cancel(working)
    void ending.catch(() => {}) // it ends by itself where nobody watches, and is removed after its time
  }

  /** Removes all of this video from the server; what was heard stays in the page until another video is chosen. */
  async removeAll() {
    if (this.phase !== 'idle') this.stop()
    const tasks = this.#tasks
    this.#tasks = []
    this.#root = this.#heard = this.#whole = null
    this.#emit('change')
    const client = await this.#link.ready()
    const failed = await this.#remove(client, tasks)
    if (failed.length > 0) {
      this.#tasks = failed
      this.#fail({ code: 'remove_failed', message: 'It could not be removed.', retryable: true }, 'remove')
    } else this.#tell('removed')
  }

  /** Another video is chosen: silence, and nothing of the one before. */
  clear() {
    if (this.phase !== 'idle') this.stop()
    this.#turn.abort()
    this.#player?.stop()
    this.sounding = false
    const tasks = this.#forget()
    this.#timeline.clear()
    this.#become('idle', false)
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

  /** Plays on, or again from the start. */
  async play() {
    if (!this.#player || !this.#recording) return
    this.#wantsSound = true
    await this.#player.play().catch(() => {}) // 'blocked' tells of it
  }

  pause() {
    this.#wantsSound = false
    this.#player?.pause()
  }

  /** @param {number} positionS */
  seek(positionS) {
    this.#player?.seek(positionS)
    this.#emit('moved')
  }

  /**
   * Takes a task's sound and all that is told of it, until all has come.
   * @param {Client} client
   * @param {NewTask} task
   * @param {AbortController} turn
   * @param {number} fromS where it takes over from what is heard now
   */
  async #follow(client, task, turn, fromS) {
    this.#tasks.push(task)
    const askedMs = this.#now()
    const isFirst = task === this.#root
    const watching = client.watch(task)
    turn.signal.addEventListener('abort', () => watching.stop())
    /** @type {Recording | null} */
    let recording = null
    let isLetGo = false
    const isHeard = () => recording !== null && recording === this.#recording
    watching.addEventListener('started', (event) => {
      const { sample_rate_hz, channels } = /** @type {CustomEvent} */ (event).detail
      recording = new Recording({ sampleRateHz: sample_rate_hz, channels })
    })
    watching.addEventListener('chunk', (event) => {
      const { pcm } = /** @type {CustomEvent} */ (event).detail
      const coming = /** @type {Recording} */ (recording)
      if (isHeard()) void this.#player?.push(pcm)
      else coming.append(pcm)
      const enoughS = isFirst ? FIRST_S : fromS + TAKE_OVER_S
      if (!isHeard() && coming.durationS >= enoughS) this.#takeOver(coming, task, askedMs)
      if (isHeard()) this.#emit('grown')
    })
    if (isFirst) {
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
    if (!isHeard()) this.#takeOver(recording, task, askedMs)
    await this.#player?.end()
    this.#whole = task
    this.#emit('grown')
  }

  /**
   * Another sound is heard from here on, at the place where the one before was.
   * @param {Recording} recording
   * @param {NewTask} task
   * @param {number} askedMs
   */
  #takeOver(recording, task, askedMs) {
    const player = this.#player
    const positionS = this.positionS
    const isFirst = this.#recording === null
    this.#recording = recording
    this.#heard = task
    this.#whole = null
    if (!player) return
    player.load(recording)
    if (positionS > 0 && positionS < recording.durationS) player.seek(positionS)
    if (isFirst) {
      const tell = () => {
        if (this.#recording !== recording) return
        this.latencyMs = this.#now() - askedMs
        this.#emit('heard')
      }
      player.addEventListener('playing', tell, { once: true })
    }
    if (this.#wantsSound) void player.play().catch(() => {}) // 'blocked' tells of it
    this.#emit('heard')
  }

  /** @param {Player} player */
  #listen(player) {
    const sound = (/** @type {boolean} */ sounding) => {
      this.sounding = sounding
      this.#emit('moved')
    }
    player.addEventListener('playing', () => {
      sound(true)
      this.#become(this.phase, true)
      this.#tell('playing')
    })
    player.addEventListener('waiting', () => sound(false))
    player.addEventListener('paused', () => {
      sound(false)
      this.#become(this.phase, false)
      if (!this.#wantsSound) this.#tell('paused')
    })
    player.addEventListener('ended', () => {
      this.sounding = false
      this.#become(this.phase, false)
      if (this.phase === 'idle') this.#tell('finished')
      this.#emit('moved')
    })
    player.addEventListener('timeupdate', () => this.#emit('moved'))
    player.addEventListener('blocked', () => this.#emit('blocked'))
    player.addEventListener('error', (event) => this.#fail(/** @type {CustomEvent} */ (event).detail, 'play'))
  }

  /** @param {Phase} phase */
  #begin(phase) {
    if (this.phase !== 'idle') this.stop()
    this.#turn = new AbortController()
    this.progress = null
    this.#become(phase, this.playing)
    return this.#turn
  }

  #finish() {
    this.#become('idle', this.playing)
    this.#emit('grown')
    this.#tell(this.playing ? 'playing' : 'finished')
  }

  /** What is under way ends here; the sound that came of it is all there is. */
  #settle() {
    void this.#player?.end()
    this.progress = null
    this.#become('idle', this.playing)
    this.#emit('grown')
  }

  /** Knows nothing of a video any more. @returns {NewTask[]} what the server may still have of it */
  #forget() {
    const tasks = this.#tasks
    this.#tasks = []
    this.#root = this.#heard = this.#whole = this.#recording = null
    this.#isSeen = false
    this.warnings = []
    this.cached = false
    this.latencyMs = null
    this.#emit('warnings')
    this.#emit('heard')
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
   * @param {'make' | 'render' | 'remove' | 'play'} act
   */
  #fail(problem, act) {
    this.#turn.abort()
    this.#settle()
    this.dispatchEvent(new CustomEvent('problem', { detail: { problem, act } }))
  }

  /**
   * @param {Phase} phase
   * @param {boolean} playing
   */
  #become(phase, playing) {
    if (phase === this.phase && playing === this.playing) return
    this.phase = phase
    this.playing = playing
    this.#emit('change')
  }

  /** @param {News} news */
  #tell(news) {
    this.dispatchEvent(new CustomEvent('news', { detail: { news } }))
  }

  /** @param {string} type */
  #emit(type) {
    this.dispatchEvent(new Event(type))
  }
}
