// The sound in hand, in fields: what it is, of what, when, how strong; added, taken away, undone, and rendered again.
import { byId, paintSlider, showIcon } from '../dom.js'
import { SOUNDS, nameOfMaterial, nameOfSound, soundOf } from './sounds.js'
import { labelOf, startOf, strengthOf } from './timeline-model.js'

/** @typedef {import('./timeline-model.js').Change} Change */

const NEW_SOUND = 'impact'
const NEW_BED = 'wind'

export class Editor {
  #section = byId('editor', HTMLElement)
  #place = byId('editor-place', HTMLElement)
  #none = byId('editor-none', HTMLElement)
  #fields = byId('editor-fields', HTMLElement)
  #label = byId('event-label', HTMLSelectElement)
  #material = byId('event-material', HTMLSelectElement)
  #onset = byId('event-onset', HTMLInputElement)
  #end = byId('event-end', HTMLInputElement)
  #strength = byId('event-strength', HTMLInputElement)
  #previous = byId('previous-sound', HTMLButtonElement)
  #next = byId('next-sound', HTMLButtonElement)
  #undo = byId('undo', HTMLButtonElement)
  #render = byId('render', HTMLButtonElement)
  /** What the menu of sounds holds now: those with an onset, or beds, in which language. */
  #menuOf = ''
  #gesture = {}
  #deck
  #session
  #timeline
  #selection
  #translator

  /**
   * @param {object} parts
   * @param {import('./deck.js').Deck} parts.deck
   * @param {import('./session.js').Session} parts.session
   * @param {import('./timeline-model.js').TimelineModel} parts.timeline
   * @param {import('./selection.js').Selection} parts.selection
   * @param {import('../i18n.js').Translator} parts.translator
   * @param {() => void} parts.render renders the timeline as it is now
   */
  constructor({ deck, session, timeline, selection, translator, render }) {
    this.#deck = deck
    this.#session = session
    this.#timeline = timeline
    this.#selection = selection
    this.#translator = translator
    const refresh = () => this.#refresh()
    for (const source of [timeline, selection, translator]) source.addEventListener('change', refresh)
    for (const type of ['change', 'grown']) session.addEventListener(type, refresh)

    const change = (/** @type {Change} */ what, gesture = {}) => {
      const { item } = selection
      if (item) timeline.change(item.id, what, gesture)
    }
    this.#label.addEventListener('change', () => change({ label: this.#label.value }))
    this.#material.addEventListener('change', () => change({ material: this.#material.value }))
    this.#onset.addEventListener('change', () => {
      if (Number.isFinite(this.#onset.valueAsNumber)) change({ onset_s: this.#onset.valueAsNumber })
      this.#refresh()
    })
    this.#end.addEventListener('change', () => {
      if (Number.isFinite(this.#end.valueAsNumber)) change({ end_s: this.#end.valueAsNumber })
      this.#refresh()
    })
    // One pull at the slider is one step to undo.
    this.#strength.addEventListener('input', () => change({ strength: this.#strength.valueAsNumber }, this.#gesture))
    this.#strength.addEventListener('change', () => (this.#gesture = {}))
    this.#previous.addEventListener('click', () => this.#go(-1))
    this.#next.addEventListener('click', () => this.#go(1))
    byId('remove-sound', HTMLButtonElement).addEventListener('click', () => {
      const { item } = selection
      if (!item) return
      timeline.remove(item.id)
      this.#undo.focus()
    })
    byId('add-sound', HTMLButtonElement).addEventListener('click', () => {
      selection.choose(timeline.addEvent(deck.positionS, NEW_SOUND))
      this.#label.focus()
    })
    byId('add-bed', HTMLButtonElement).addEventListener('click', () => {
      selection.choose(timeline.addBed(NEW_BED))
      this.#label.focus()
    })
    this.#undo.addEventListener('click', () => isReady(this.#undo) && timeline.undo())
    this.#render.addEventListener('click', () => isReady(this.#render) && render())
    this.#refresh()
  }

  /** @param {1 | -1} step */
  #go(step) {
    this.#selection.step(step, this.#deck.positionS)
    const { item } = this.#selection
    if (item?.event && !this.#deck.playing) this.#deck.seek(item.event.onset_s)
  }

  #refresh() {
    const session = this.#session
    const { items } = this.#timeline
    const { item, index } = this.#selection
    const translator = this.#translator
    this.#section.hidden = items.length === 0 && !session.isEditable
    showIcon(this.#previous, 'back', translator.t('foley.editor.previous'))
    showIcon(this.#next, 'next', translator.t('foley.editor.next'))
    this.#previous.disabled = index === 0 || items.length === 0
    this.#next.disabled = items.length === 0 || index === items.length - 1
    this.#none.hidden = item !== null
    this.#none.textContent = translator.t(session.isEditable ? 'foley.editor.none' : 'foley.editor.coming')
    this.#fields.hidden = item === null
    for (const control of this.#section.querySelectorAll('select, input, .editor-fields button, .editor-actions .plain')) {
      Object.assign(control, { disabled: !session.isEditable })
    }
    setReady(this.#undo, session.isEditable && this.#timeline.canUndo)
    setReady(this.#render, session.isEditable && this.#timeline.edited && session.phase !== 'rendering')
    this.#place.textContent = ''
    if (!item) return
    const place = translator.t('foley.editor.place', { at: index + 1, all: items.length })
    const confidence = Math.round((item.event?.confidence ?? 1) * 100)
    const sure = item.event ? ` · ${translator.t('foley.editor.sure', { confidence })}` : ''
    this.#place.textContent = place + sure
    this.#fill(item)
  }

  /** @param {import('./timeline-model.js').Item} item */
  #fill(item) {
    const { language } = this.#translator
    const { materials } = soundOf(labelOf(item))
    const isBed = item.bed !== null
    const menuOf = `${language} ${isBed}`
    if (menuOf !== this.#menuOf) {
      this.#menuOf = menuOf
      const sounds = SOUNDS.filter(({ kind }) => (kind === 'bed') === isBed)
      this.#label.replaceChildren(...sounds.map(({ id }) => new Option(nameOfSound(id, language), id)))
    }
    const { label } = item.event ?? /** @type {import('./timeline-model.js').FoleyBed} */ (item.bed)
    if (![...this.#label.options].some(({ value }) => value === label)) {
      this.#label.append(new Option(nameOfSound(label, language), label)) // one that this page does not know
    }
    this.#label.value = label
    byId('material-field', HTMLElement).hidden = isBed || materials.length === 0
    this.#material.replaceChildren(...materials.map((material) => new Option(nameOfMaterial(material, language), material)))
    this.#material.value = item.event?.material ?? materials[0] ?? ''
    if (document.activeElement !== this.#onset) this.#onset.value = startOf(item).toFixed(2)
    byId('end-field', HTMLElement).hidden = !isBed
    if (item.bed && document.activeElement !== this.#end) this.#end.value = item.bed.end_s.toFixed(2)
    byId('strength-label', HTMLElement).textContent = this.#translator.t(isBed ? 'foley.editor.level' : 'foley.editor.strength')
    this.#strength.value = String(strengthOf(item))
    this.#strength.setAttribute('aria-valuetext', `${Math.round(strengthOf(item) * 100)} %`)
    paintSlider(this.#strength)
  }
}

/**
 * A button whose press makes it useless for a while keeps the focus: it is said to be disabled, and is not.
 * @param {HTMLButtonElement} button
 * @param {boolean} ready
 */
function setReady(button, ready) {
  button.setAttribute('aria-disabled', String(!ready))
}

/** @param {HTMLButtonElement} button */
function isReady(button) {
  return button.getAttribute('aria-disabled') !== 'true'
}
