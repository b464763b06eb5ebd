// The text while it is heard: stands in the text box's place, lights the word that sounds, and seeks to one that is pressed.
import { byId, make } from './dom.js'
import { FollowText } from './follow-text.js'

/** @typedef {import('./speaker.js').Speaker} Speaker */
/** @typedef {import('./speaker.js').Take} Take */

/** How long the reader's own scrolling is left alone. */
const SCROLLED_MS = 4000
/** Of the height of a line's letters: what a mark leaves free above them and below, so that it touches no other line. */
const ABOVE = 0.12
const BELOW = 0.06
/** A little into a word, so that a clock which rounds down does not show the one before. */
const INTO_S = 0.002

/** Dispatches `change` after `isOpen` has changed. */
export class Following extends EventTarget {
  isOpen = false
  #view = byId('following', HTMLElement)
  #marks = byId('following-marks', HTMLElement)
  #text = new FollowText(byId('following-text', HTMLElement))
  #speaker
  #toggle
  #now
  /** @type {Take | null} */
  #shown = null
  /** The reader would rather have the text box, until something else is heard. */
  #isDismissed = false
  #lit = -1
  #pointed = -1
  #frame = 0
  #scrolledMs = -Infinity
  #stillness = matchMedia('(prefers-reduced-motion: reduce)')

  /**
   * @param {object} parts
   * @param {Speaker} parts.speaker
   * @param {() => void} parts.toggle plays or pauses
   * @param {() => number} parts.now milliseconds, monotonic
   */
  constructor({ speaker, toggle, now }) {
    super()
    this.#speaker = speaker
    this.#toggle = toggle
    this.#now = now
    speaker.addEventListener('take', () => {
      this.#isDismissed = false
      this.#update()
    })
    for (const type of ['change', 'moved', 'timed']) speaker.addEventListener(type, () => this.#update())
    new ResizeObserver(() => this.#paint()).observe(this.#view)
    const view = this.#view
    for (const type of ['wheel', 'touchmove', 'pointerdown']) {
      view.addEventListener(type, () => (this.#scrolledMs = this.#now()), { passive: true })
    }
    view.addEventListener('click', (event) => {
      if (getSelection()?.isCollapsed ?? true) this.#seek(this.#wordUnder(event))
    })
    view.addEventListener('pointermove', (event) => {
      if (event.pointerType === 'mouse') this.#point(this.#wordUnder(event))
    })
    view.addEventListener('pointerleave', () => this.#point(-1))
    view.addEventListener('keydown', (event) => this.#onKey(event))
  }

  /** Gives way to the text box until something else is heard. */
  dismiss() {
    this.#isDismissed = true
    this.#update()
  }

  get #isWanted() {
    const { take, phase, playing, positionS, durationS } = this.#speaker
    if (!take || take.timed.words.length === 0) return false
    if (phase !== 'idle') return phase === 'speaking'
    return playing || (positionS > 0 && positionS < durationS - 0.05)
  }

  #update() {
    const isWanted = this.#isWanted
    if (!isWanted && this.#speaker.phase === 'idle') this.#isDismissed = false
    const isOpen = isWanted && !this.#isDismissed
    const { take } = this.#speaker
    if (isOpen && take && take !== this.#shown) {
      this.#shown = take
      this.#lit = -1
      this.#text.show(take.request.text, take.request.ssml === true)
      this.#view.scrollTop = 0
      this.#scrolledMs = -Infinity
    }
    if (isOpen !== this.isOpen) {
      this.isOpen = isOpen
      this.#lit = -1
      this.#pointed = -1
      this.dispatchEvent(new Event('change'))
      if (isOpen) this.#view.scrollTop = 0 // what is not shown cannot be scrolled
      this.#paint()
    }
    if (isOpen) this.#tick()
    else if (this.#shown !== take) this.#shown = null
  }

  /** Runs with the screen while sound plays: the audio clock alone says which word it is. */
  #tick() {
    const lit = this.#shown?.timed.wordAt(this.#speaker.positionS) ?? -1
    if (lit !== this.#lit) {
      this.#lit = lit
      this.#paint()
      this.#scrollAlong()
    }
    if (this.#frame !== 0 || !this.isOpen || !this.#speaker.playing) return
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0
      if (this.isOpen) this.#tick()
    })
  }

  /** Lays marks under the word that is heard and the one that is pointed at. */
  #paint() {
    const words = this.#shown?.timed.words ?? []
    const origin = this.#marks.getBoundingClientRect()
    const marks = []
    for (const [index, kind] of /** @type {const} */ ([
      [this.#pointed === this.#lit ? -1 : this.#pointed, 'pointed'],
      [this.#lit, 'heard'],
    ])) {
      const word = words[index]
      for (const box of word ? this.#text.boxes(word.start, word.end) : []) {
        const mark = make('div', 'mark')
        mark.dataset.kind = kind
        Object.assign(mark.style, {
          left: `${box.left - origin.left}px`,
          top: `${box.top - origin.top + ABOVE * box.height}px`,
          width: `${box.width}px`,
          height: `${(1 - ABOVE - BELOW) * box.height}px`,
        })
        marks.push(mark)
      }
    }
    this.#marks.replaceChildren(...marks)
    this.#view.dataset.word = words[this.#lit] ? String(this.#lit) : ''
  }

  /** Keeps the word in sight, unless the reader has just scrolled to look at something else. */
  #scrollAlong() {
    const word = this.#shown?.timed.words[this.#lit]
    if (!word || this.#now() - this.#scrolledMs < SCROLLED_MS) return
    const [box] = this.#text.boxes(word.start, word.end)
    if (!box) return
    const view = this.#view.getBoundingClientRect()
    const above = box.top - view.top
    if (above >= 0 && box.bottom <= view.bottom - box.height * 0.6) return
    const top = this.#view.scrollTop + above - view.height / 4
    this.#view.scrollTo({ top, behavior: this.#stillness.matches ? 'instant' : 'smooth' })
  }

  /**
   * @param {MouseEvent} event
   * @returns {number} the word under the pointer whose sound is here; -1 where there is none
   */
  #wordUnder({ clientX, clientY }) {
    const take = this.#shown
    const unit = this.#text.unitAt(clientX, clientY)
    if (!take || unit < 0) return -1
    const { words } = take.timed
    const near = take.timed.wordAtUnit(unit)
    // A caret stands between characters: on the right half of a word's last one it is the next word's already.
    const index = [near, near - 1].find((each) => words[each] && this.#text.isOn(clientX, clientY, words[each])) ?? -1
    return index >= 0 && words[index].startS < this.#speaker.durationS ? index : -1
  }

  /** @param {number} index */
  #point(index) {
    if (index === this.#pointed) return
    this.#pointed = index
    this.#view.style.cursor = index < 0 ? '' : 'pointer'
    this.#paint()
  }

  /** @param {number} index of a word; nothing happens where its sound is not here */
  #seek(index) {
    const word = this.#shown?.timed.words[index]
    if (!word || word.startS >= this.#speaker.durationS) return
    this.#scrolledMs = -Infinity
    this.#speaker.seek(word.startS + INTO_S)
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return
    const words = this.#shown?.timed.words ?? []
    const at = this.#shown?.timed.wordAt(this.#speaker.positionS) ?? -1
    const here = at >= 0 ? at : Math.max(0, words.findLastIndex(({ startS }) => startS <= this.#speaker.positionS))
    /** @type {Record<string, () => void>} */
    const acts = {
      ArrowRight: () => this.#seek(here + 1),
      ArrowLeft: () => this.#seek(Math.max(0, here - 1)),
      Home: () => this.#seek(0),
      End: () => this.#seek(words.findLastIndex(({ startS }) => startS < this.#speaker.durationS)),
      ' ': () => this.#toggle(),
    }
    if (!Object.hasOwn(acts, event.key)) return
    event.preventDefault()
    acts[event.key]()
  }
}
