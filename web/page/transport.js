// The transport: play and pause, the clock, volume, and the waveform as a slider for mouse, finger and keyboard.
import { byId, paintSlider, showIcon } from './dom.js'
import { formatTime } from './format.js'
import { Waveform, soundOf } from './waveform.js'

/** @typedef {import('./i18n.js').Translator} Translator */
/** @typedef {import('./speaker.js').Speaker} Speaker */

/** Seconds of one press of an arrow key, and of Page Up or Down. */
const STEP_S = 1
const LEAP_S = 10

export class Transport {
  #section = byId('transport', HTMLElement)
  #slider = byId('waveform', HTMLElement)
  #play = byId('play', HTMLButtonElement)
  #now = byId('time-now', HTMLElement)
  #total = byId('time-total', HTMLElement)
  #speaker
  #translator
  #waveform = new Waveform(byId('waveform-canvas', HTMLCanvasElement))
  /** Where a finger or the mouse holds the playhead, seconds; null where it does not. */
  #heldS = /** @type {number | null} */ (null)

  /**
   * @param {Speaker} speaker
   * @param {Translator} translator
   */
  constructor(speaker, translator) {
    this.#speaker = speaker
    this.#translator = translator
    this.#play.addEventListener('click', () => this.toggle())
    speaker.addEventListener('take', () => {
      const { take } = speaker
      this.#waveform.show(take && soundOf(take))
      this.#render()
    })
    speaker.addEventListener('grown', () => {
      this.#waveform.refresh()
      this.#render()
    })
    speaker.addEventListener('moved', () => {
      if (!speaker.playing) this.#waveform.moveTo(speaker.positionS)
      this.#render()
    })
    speaker.addEventListener('change', () => {
      this.#follow()
      this.#render()
    })
    translator.addEventListener('change', () => this.#render())
    this.#listenToPointer()
    this.#section.addEventListener('keydown', (event) => this.#onKey(event))
    this.#slider.addEventListener('focus', () => this.#describe())
    this.#render()
  }

  /** Plays or pauses what is in hand. */
  toggle() {
    if (this.#speaker.playing) this.#speaker.pause()
    else void this.#speaker.play()
  }

  /** Takes the theme's colours anew. */
  recolour() {
    this.#waveform.recolour()
  }

  #follow() {
    const speaker = this.#speaker
    this.#waveform.follow(speaker.playing ? () => this.#heldS ?? speaker.positionS : null)
    if (!speaker.playing) this.#waveform.moveTo(speaker.positionS)
  }

  #render() {
    const speaker = this.#speaker
    const hasSound = speaker.durationS > 0
    this.#play.disabled = !hasSound
    showIcon(this.#play, speaker.playing ? 'pause' : 'play', this.#translator.t(speaker.playing ? 'pause' : 'play'))
    this.#now.textContent = formatTime(this.#heldS ?? speaker.positionS)
    this.#total.textContent = formatTime(speaker.durationS)
    // A focused slider that changes four times a second would be read out four times a second.
    if (!(speaker.playing && document.activeElement === this.#slider)) this.#describe()
  }

  #describe() {
    const { positionS, durationS } = this.#speaker
    const slider = this.#slider
    slider.setAttribute('aria-disabled', String(durationS === 0))
    slider.setAttribute('aria-valuemax', durationS.toFixed(1))
    slider.setAttribute('aria-valuenow', (this.#heldS ?? positionS).toFixed(1))
    const text = durationS
      ? this.#translator.t('position.value', {
          position: formatTime(this.#heldS ?? positionS),
          duration: formatTime(durationS),
        })
      : this.#translator.t('position.none')
    slider.setAttribute('aria-valuetext', text)
  }

  /** @param {number} positionS */
  #seek(positionS) {
    this.#speaker.seek(positionS)
    this.#waveform.moveTo(this.#speaker.positionS)
    this.#describe()
  }

  #listenToPointer() {
    const slider = this.#slider
    const isHolding = () => this.#heldS !== null
    const hold = (/** @type {PointerEvent} */ event) => {
      this.#heldS = this.#waveform.timeAt(event.clientX)
      this.#waveform.moveTo(this.#heldS)
      this.#render()
    }
    slider.addEventListener('pointerdown', (event) => {
      if (event.button !== 0 || this.#speaker.durationS === 0) return
      slider.setPointerCapture(event.pointerId)
      hold(event)
    })
    slider.addEventListener('pointermove', (event) => {
      if (isHolding()) hold(event)
      else if (event.pointerType === 'mouse' && this.#speaker.durationS > 0) {
        this.#waveform.hover(this.#waveform.timeAt(event.clientX))
      }
    })
    slider.addEventListener('pointerup', () => {
      if (this.#heldS === null) return
      const positionS = this.#heldS
      this.#heldS = null
      this.#seek(positionS)
    })
    // The browser took the gesture for scrolling: nothing was sought.
    slider.addEventListener('pointercancel', () => {
      this.#heldS = null
      this.#waveform.moveTo(this.#speaker.positionS)
      this.#render()
    })
    slider.addEventListener('pointerleave', () => this.#waveform.hover(null))
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.target !== this.#slider || event.ctrlKey || event.metaKey || event.altKey) return
    const { positionS, durationS } = this.#speaker
    /** @type {Record<string, () => void>} */
    const acts = {
      ' ': () => this.toggle(),
      ArrowLeft: () => this.#seek(positionS - STEP_S),
      ArrowDown: () => this.#seek(positionS - STEP_S),
      ArrowRight: () => this.#seek(positionS + STEP_S),
      ArrowUp: () => this.#seek(positionS + STEP_S),
      PageDown: () => this.#seek(positionS - LEAP_S),
      PageUp: () => this.#seek(positionS + LEAP_S),
      Home: () => this.#seek(0),
      End: () => this.#seek(durationS),
    }
    if (!Object.hasOwn(acts, event.key)) return
    event.preventDefault()
    if (durationS > 0) acts[event.key]()
  }
}

/** Volume and mute. Hidden where the browser leaves volume to the device's own keys, as an iPhone does. */
export class Volume {
  #row
  #mute
  #slider
  #isMuted = false
  #translator
  #setVolume

  /**
   * @param {object} parts
   * @param {string} [parts.prefix] of the ids of its elements
   * @param {number} parts.volume 0 to 1
   * @param {Translator} parts.translator
   * @param {(audible: number) => void} parts.apply what is to sound, 0 while muted
   * @param {(volume: number) => void} parts.settle the reader has let go of the slider
   */
  constructor({ prefix = '', volume, translator, apply, settle }) {
    this.#row = byId(`${prefix}volume-row`, HTMLElement)
    this.#mute = byId(`${prefix}mute`, HTMLButtonElement)
    this.#slider = byId(`${prefix}volume`, HTMLInputElement)
    this.#translator = translator
    this.#setVolume = apply
    const probe = document.createElement('audio')
    probe.volume = 0.5
    this.#row.hidden = probe.volume !== 0.5
    this.#slider.value = String(volume)
    this.#slider.addEventListener('input', () => {
      this.#isMuted = false
      this.#apply()
    })
    this.#slider.addEventListener('change', () => settle(this.#slider.valueAsNumber))
    this.#mute.addEventListener('click', () => {
      this.#isMuted = !this.#isMuted
      this.#apply()
    })
    translator.addEventListener('change', () => this.#render())
    this.#apply()
  }

  #apply() {
    const chosen = this.#row.hidden ? 1 : this.#slider.valueAsNumber
    this.#setVolume(this.#isMuted ? 0 : chosen)
    this.#render()
  }

  #render() {
    const isSilent = this.#isMuted || this.#slider.valueAsNumber === 0
    showIcon(this.#mute, isSilent ? 'mute' : 'loud', this.#translator.t('mute'))
    this.#mute.setAttribute('aria-pressed', String(this.#isMuted))
    this.#slider.setAttribute('aria-valuetext', `${Math.round(this.#slider.valueAsNumber * 100)} %`)
    paintSlider(this.#slider)
  }
}
