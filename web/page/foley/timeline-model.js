// What is heard when, as the page holds it: grows while the picture is looked at, is edited afterwards, and can be put back. Pure.
import { soundOf } from './sounds.js'

/** @typedef {import('../../client/watching.js').FoleyBed} FoleyBed */
/** @typedef {import('../../client/watching.js').FoleyEvent} FoleyEvent */
/** @typedef {import('../../client/foley.js').Stem} Stem */

/**
 * A sound of the timeline, as views show it.
 * @typedef {object} Item
 * @property {number} id its own for as long as the page is open, whatever is changed
 * @property {Stem} stem
 * @property {FoleyEvent | null} event
 * @property {FoleyBed | null} bed one of the two is there
 */

/** @typedef {{onset_s?: number, end_s?: number, label?: string, material?: string | null, strength?: number}} Change a bed's level is its `strength`, where it starts its `onset_s`; it alone has an end to move */
/** @typedef {readonly Item[]} State */

/** So many steps can be undone. */
const MOST_STEPS = 200
/** What is added and moved lies at whole milliseconds. */
const STEP_S = 1e-3
/** A background is at least so long. */
const LEAST_BED_S = 0.5

/** @type {Record<import('./sounds.js').Kind, Stem>} */
const STEM_OF = { hit: 'hits', step: 'steps', spot: 'spots', bed: 'beds' }

/** Dispatches `change` after anything has changed. */
export class TimelineModel extends EventTarget {
  /** By start. @type {State} */
  #items = []
  /** What is heard now. */
  #heard = this.#items
  /** @type {State[]} */
  #undo = []
  /** The gesture of the last step: what comes of the same one is one step. @type {unknown} */
  #gesture = null
  #ids = 0
  #untilS = 0
  /** @type {number | null} */
  #durationS = null

  /** By start. */
  get items() {
    return this.#items
  }

  /** All that begins before is here. */
  get untilS() {
    return this.#untilS
  }

  /** Of the video; null while it is not known. */
  get durationS() {
    return this.#durationS
  }

  /** True where what is shown is not what is heard. */
  get edited() {
    return this.#items !== this.#heard
  }

  get canUndo() {
    return this.#undo.length > 0
  }

  /** @param {number} id */
  find(id) {
    return this.#items.find((item) => item.id === id) ?? null
  }

  /** Begins with nothing, of a video of this length. @param {number | null} durationS */
  clear(durationS = null) {
    this.#items = this.#heard = []
    this.#undo = []
    this.#gesture = null
    this.#untilS = 0
    this.#durationS = durationS
    this.#tell()
  }

  /**
   * Takes what was found next. Nothing may have been edited before.
   * @param {import('../../client/watching.js').TimelinePart} part
   */
  grow({ until_s, events, beds }) {
    /** @type {Item[]} */
    let items = [...this.#items, ...events.map((event) => this.#event(event))]
    for (const bed of beds) {
      // Beds come in stretches; one that goes on as the one before did is the same.
      const before = items.find((item) => item.bed && goesOn(item.bed, bed))
      if (!before) items.push(this.#bed(bed))
      else items = items.map((item) => (item === before ? { ...item, bed: { ...item.bed, ...bed, start_s: startOf(item) } } : item))
    }
    this.#items = this.#heard = sorted(items)
    this.#untilS = Math.max(this.#untilS, until_s)
    this.#tell()
  }

  /**
   * All was found.
   * @param {number} durationS of the video
   * @param {FoleyBed[]} beds all of them, now that it is known where the last ones end
   */
  complete(durationS, beds) {
    this.#durationS = durationS
    this.#untilS = durationS
    this.#items = this.#heard = sorted([...this.#items.filter(({ event }) => event), ...beds.map((bed) => this.#bed(bed))])
    this.#tell()
  }

  /**
   * @param {number} id
   * @param {Change} change a material that the sound cannot be made of is left out
   * @param {unknown} [gesture] changes of one gesture, as of one drag, are undone together
   */
  change(id, change, gesture = null) {
    this.#step(
      this.#items.map((item) => (item.id === id ? changed(item, change, this.#durationS ?? Infinity) : item)),
      gesture,
    )
  }

  /** @param {number} id */
  remove(id) {
    this.#step(this.#items.filter((item) => item.id !== id))
  }

  /**
   * @param {number} onsetS
   * @param {string} label
   * @returns {number} its id
   */
  addEvent(onsetS, label) {
    const material = soundOf(label).materials[0] ?? null
    const duration_s = soundOf(label).kind === 'spot' ? 1 : 0
    const event = { onset_s: 0, duration_s, label, material, strength: 0.6, pan: 0, distance: 0.5, confidence: 1 }
    const item = changed(this.#event(event), { onset_s: onsetS }, this.#durationS ?? Infinity)
    this.#step([...this.#items, item])
    return item.id
  }

  /**
   * Lays a background under the whole video.
   * @param {string} label
   * @returns {number} its id
   */
  addBed(label) {
    const room = this.#items.find(({ bed }) => bed)?.bed?.room ?? 'outdoors'
    const item = this.#bed({ start_s: 0, end_s: this.#durationS ?? this.#untilS, label, level: 0.4, room })
    this.#step([...this.#items, item])
    return item.id
  }

  undo() {
    const before = this.#undo.pop()
    if (!before) return
    this.#items = before
    this.#gesture = null
    this.#tell()
  }

  /** What is to be rendered. */
  get edit() {
    const events = this.#items.flatMap(({ event }) => (event ? [event] : []))
    const beds = this.#items.flatMap(({ bed }) => (bed ? [bed] : []))
    return { events, beds }
  }

  /**
   * Says what is heard from now on.
   * @param {State} items as `items` were when they were asked for
   */
  hear(items) {
    this.#heard = items
    this.#tell()
  }

  /**
   * @param {Item[]} items
   * @param {unknown} [gesture]
   */
  #step(items, gesture = null) {
    if (gesture === null || gesture !== this.#gesture) {
      this.#undo.push(this.#items)
      if (this.#undo.length > MOST_STEPS) this.#undo.shift()
    }
    this.#gesture = gesture
    this.#items = sorted(items)
    this.#tell()
  }

  /**
   * @param {FoleyEvent} event
   * @returns {Item}
   */
  #event(event) {
    return { id: ++this.#ids, stem: stemOf(event.label), event, bed: null }
  }

  /**
   * @param {FoleyBed} bed
   * @returns {Item}
   */
  #bed(bed) {
    return { id: ++this.#ids, stem: 'beds', event: null, bed }
  }

  #tell() {
    this.dispatchEvent(new Event('change'))
  }
}

/** Where a sound begins, in seconds. @param {Item} item */
export function startOf({ event, bed }) {
  return event ? event.onset_s : /** @type {FoleyBed} */ (bed).start_s
}

/** How long it is seen to last, in seconds: 0 for a hit. @param {Item} item */
export function lengthOf({ event, bed }) {
  return event ? event.duration_s : /** @type {FoleyBed} */ (bed).end_s - /** @type {FoleyBed} */ (bed).start_s
}

/** Its strength or level, 0 to 1. @param {Item} item */
export function strengthOf({ event, bed }) {
  return event ? event.strength : /** @type {FoleyBed} */ (bed).level
}

/** @param {Item} item */
export function labelOf({ event, bed }) {
  return (event ?? /** @type {FoleyBed} */ (bed)).label
}

/**
 * The stem that an event is rendered into: a bed's sound with an onset is a spot.
 * @param {string} label
 */
function stemOf(label) {
  const { kind } = soundOf(label)
  return kind === 'bed' ? 'spots' : STEM_OF[kind]
}

/**
 * @param {Item} item
 * @param {Change} change
 * @param {number} durationS
 * @returns {Item}
 */
function changed(item, { onset_s, end_s, label, material, strength }, durationS) {
  const share = strength === undefined ? undefined : Math.min(1, Math.max(0, strength))
  if (item.bed) {
    // It keeps a length that can be heard, whichever end is moved.
    const end = inSteps(Math.min(Math.max(end_s ?? item.bed.end_s, LEAST_BED_S), durationS))
    const start = inSteps(Math.min(Math.max(0, onset_s ?? item.bed.start_s), end - LEAST_BED_S))
    const bed = { ...item.bed, start_s: Math.max(0, start), end_s: end, label: label ?? item.bed.label, level: share ?? item.bed.level }
    return { ...item, bed }
  }
  const event = { .../** @type {FoleyEvent} */ (item.event) }
  if (onset_s !== undefined) {
    const within = Math.min(Math.max(0, onset_s), Math.max(0, durationS - STEP_S))
    event.onset_s = inSteps(within)
  }
  if (label !== undefined && label !== event.label) {
    event.label = label
    event.material = soundOf(label).materials.at(0) ?? null
  }
  if (material !== undefined && (material === null || soundOf(event.label).materials.includes(material))) event.material = material
  if (share !== undefined) event.strength = share
  event.confidence = 1 // somebody has said so
  return { ...item, stem: stemOf(event.label), event }
}

/**
 * True where a stretch of a bed continues another.
 * @param {FoleyBed} before
 * @param {FoleyBed} bed
 */
function goesOn(before, bed) {
  const follows = Math.abs(before.end_s - bed.start_s) < STEP_S
  return follows && before.label === bed.label && before.level === bed.level && before.room === bed.room
}

/** @param {Item[]} items */
function sorted(items) {
  return items.toSorted((a, b) => startOf(a) - startOf(b) || a.id - b.id)
}

/** @param {number} seconds */
function inSteps(seconds) {
  return Math.round(seconds / STEP_S) / (1 / STEP_S)
}
