// The sounds in their lanes: a button for each that is in view, kept for as long as it is there, so that a drag or the focus
// is never lost. Left and right move it, up and down go to its neighbours, plus and minus make it stronger or fainter.
import { make } from '../dom.js'
import { describe, nameOfSound } from './sounds.js'
import { labelOf, lengthOf, startOf, strengthOf } from './timeline-model.js'

/** @typedef {import('./timeline-model.js').Item} Item */

/** Seconds of one press of an arrow key, and with Shift. */
const STEP_S = 0.01
const LEAP_S = 0.1
const STRENGTH_STEP = 0.05
/** A press that moves less than this is none. */
const DRAG_PX = 4
/** A narrower one could not be seen, let alone touched. */
const LEAST_PX = 6
/** Less sure than this is drawn hollow. */
const UNSURE = 0.5

export class Pins {
  /** @type {Map<number, HTMLButtonElement>} */
  #buttons = new Map()
  #lanes
  #deck
  #session
  #timeline
  #selection
  #translator
  #timeAt
  /** @type {{id: number, grabS: number, startX: number, moved: boolean, gesture: object} | null} */
  #drag = null
  /** Presses of the same key, one after the other, are undone together. */
  #keyGesture = { key: '', id: 0, gesture: {} }

  /**
   * @param {object} parts
   * @param {Record<string, HTMLElement>} parts.lanes
   * @param {import('./deck.js').Deck} parts.deck
   * @param {import('./session.js').Session} parts.session
   * @param {import('./timeline-model.js').TimelineModel} parts.timeline
   * @param {import('./selection.js').Selection} parts.selection
   * @param {import('../i18n.js').Translator} parts.translator
   * @param {(clientX: number) => number} parts.timeAt the moment under a place on the screen
   */
  constructor({ lanes, deck, session, timeline, selection, translator, timeAt }) {
    this.#lanes = lanes
    this.#deck = deck
    this.#session = session
    this.#timeline = timeline
    this.#selection = selection
    this.#translator = translator
    this.#timeAt = timeAt
  }

  get isDragging() {
    return this.#drag !== null
  }

  /**
   * @param {readonly Item[]} items those in view
   * @param {number} pxPerS
   * @param {Set<number>} named ids of those that have room for their name
   */
  show(items, pxPerS, named) {
    const chosen = this.#selection.item
    const shown = chosen && !items.includes(chosen) ? [...items, chosen] : items
    const ids = new Set(shown.map(({ id }) => id))
    for (const [id, button] of this.#buttons) {
      if (ids.has(id)) continue
      button.remove()
      this.#buttons.delete(id)
    }
    shown.forEach((item, at) => {
      const button = this.#buttons.get(item.id) ?? this.#make(item)
      const lane = this.#lanes[item.stem]
      if (button.parentElement !== lane) lane.append(button)
      const isChosen = item.id === chosen?.id
      button.tabIndex = isChosen || (!chosen && at === 0) ? 0 : -1
      if (isChosen) button.setAttribute('aria-current', 'true')
      else button.removeAttribute('aria-current')
      this.#draw(button, item, pxPerS, named.has(item.id))
    })
  }

  /** @param {Item} item */
  #make(item) {
    const button = make('button', 'pin', make('span', 'pin-bar'), make('span', 'pin-name'))
    button.type = 'button'
    button.dataset.id = String(item.id)
    button.setAttribute('aria-describedby', 'pin-keys')
    button.addEventListener('focus', () => this.#choose(item.id))
    button.addEventListener('click', () => this.#choose(item.id))
    button.addEventListener('keydown', (event) => this.#onKey(event, item.id))
    button.addEventListener('pointerdown', (event) => this.#grab(event, item.id))
    button.addEventListener('pointermove', (event) => this.#pull(event))
    for (const type of /** @type {const} */ (['pointerup', 'pointercancel'])) {
      button.addEventListener(type, () => (this.#drag = null))
    }
    this.#buttons.set(item.id, button)
    return button
  }

  /**
   * @param {HTMLButtonElement} button
   * @param {Item} item
   * @param {number} pxPerS
   * @param {boolean} isNamed
   */
  #draw(button, item, pxPerS, isNamed) {
    const { language } = this.#translator
    const confidence = item.event?.confidence ?? 1
    const style = button.style
    style.translate = `${(startOf(item) * pxPerS).toFixed(1)}px 0`
    style.width = lengthOf(item) > 0 ? `${Math.max(LEAST_PX, lengthOf(item) * pxPerS)}px` : ''
    style.setProperty('--strength', strengthOf(item).toFixed(2))
    style.setProperty('--confidence', confidence.toFixed(2))
    button.classList.toggle('pin-lasting', lengthOf(item) > 0)
    button.classList.toggle('pin-unsure', confidence < UNSURE)
    const name = isNamed ? nameOfSound(labelOf(item), language) : ''
    const label = /** @type {HTMLElement} */ (button.lastElementChild)
    if (label.textContent !== name) label.textContent = name
    const said = this.#say(item)
    if (button.getAttribute('aria-label') === said) return
    button.setAttribute('aria-label', said)
    button.title = said
  }

  /** All of it in one sentence. @param {Item} item */
  #say(item) {
    const { language } = this.#translator
    const percent = (/** @type {number} */ share) => Math.round(share * 100)
    const values = {
      name: describe({ label: labelOf(item), material: item.event?.material }, language),
      time: startOf(item).toFixed(2),
      strength: percent(strengthOf(item)),
      confidence: percent(item.event?.confidence ?? 1),
    }
    return this.#translator.t(item.event ? 'foley.pin.event' : 'foley.pin.bed', values)
  }

  /** @param {number} id */
  #choose(id) {
    this.#selection.choose(id)
    const item = this.#timeline.find(id)
    if (item?.event && !this.#deck.playing && !this.#drag?.moved) this.#deck.seek(item.event.onset_s)
  }

  /**
   * @param {PointerEvent} event
   * @param {number} id
   */
  #grab(event, id) {
    const item = this.#timeline.find(id)
    if (event.button !== 0 || !item?.event || !this.#session.isEditable) return
    const button = /** @type {HTMLElement} */ (event.currentTarget)
    button.setPointerCapture(event.pointerId)
    const grabS = this.#timeAt(event.clientX) - item.event.onset_s
    this.#drag = { id, grabS, startX: event.clientX, moved: false, gesture: {} }
  }

  /** @param {PointerEvent} event */
  #pull(event) {
    const drag = this.#drag
    if (!drag) return
    drag.moved ||= Math.abs(event.clientX - drag.startX) >= DRAG_PX
    if (drag.moved) this.#move(drag.id, this.#timeAt(event.clientX) - drag.grabS, drag.gesture)
  }

  /**
   * @param {number} id
   * @param {number} onset_s
   * @param {object} gesture
   */
  #move(id, onset_s, gesture) {
    this.#timeline.change(id, { onset_s }, gesture)
    if (!this.#deck.playing) this.#deck.seek(this.#timeline.find(id)?.event?.onset_s ?? 0)
  }

  /**
   * @param {KeyboardEvent} event
   * @param {number} id
   */
  #onKey(event, id) {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const item = this.#timeline.find(id)
    if (!item) return
    const deck = this.#deck
    const step = event.shiftKey ? LEAP_S : STEP_S
    const gesture = this.#gesture(event, id)
    const move = (/** @type {number} */ by) => item.event && this.#move(id, item.event.onset_s + by, gesture)
    const strengthen = (/** @type {number} */ by) => this.#timeline.change(id, { strength: strengthOf(item) + by }, gesture)
    /** @type {Record<string, () => void>} */
    const always = {
      ArrowUp: () => this.#go(-1),
      ArrowDown: () => this.#go(1),
      ' ': () => (deck.playing ? deck.pause() : void deck.play()),
    }
    /** @type {Record<string, () => void>} */
    const editing = {
      ArrowLeft: () => move(-step),
      ArrowRight: () => move(step),
      '+': () => strengthen(STRENGTH_STEP),
      '=': () => strengthen(STRENGTH_STEP),
      '-': () => strengthen(-STRENGTH_STEP),
      Delete: () => this.#remove(id),
      Backspace: () => this.#remove(id),
    }
    const act = always[event.key] ?? editing[event.key]
    if (!act) return
    event.preventDefault()
    if (Object.hasOwn(always, event.key) || this.#session.isEditable) act()
  }

  /**
   * @param {KeyboardEvent} event
   * @param {number} id
   */
  #gesture({ key }, id) {
    if (this.#keyGesture.key !== key || this.#keyGesture.id !== id) this.#keyGesture = { key, id, gesture: {} }
    return this.#keyGesture.gesture
  }

  /** The focus goes along, to the next one, or the one before. @param {1 | -1} step */
  #go(step) {
    this.#selection.step(step, this.#deck.positionS)
    // It is in the document a frame later, for the view may have to go there first.
    requestAnimationFrame(() => requestAnimationFrame(() => this.#focusChosen()))
  }

  /** @param {number} id */
  #remove(id) {
    this.#selection.step(1, 0)
    if (this.#selection.item?.id === id) this.#selection.step(-1, 0)
    this.#timeline.remove(id)
    requestAnimationFrame(() => requestAnimationFrame(() => this.#focusChosen()))
  }

  #focusChosen() {
    const { item } = this.#selection
    if (item) this.#buttons.get(item.id)?.focus({ preventScroll: true })
  }
}
