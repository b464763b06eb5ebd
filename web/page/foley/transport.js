// The transport under the timeline: play and pause, the clock, speed, and how close the timeline is looked at.
import { byId, showIcon } from '../dom.js'
import { formatSpeed, formatTime } from '../format.js'

const RATES = [0.25, 0.5, 1, 1.5, 2]

/**
 * @param {object} parts
 * @param {import('./deck.js').Deck} parts.deck
 * @param {import('./session.js').Session} parts.session
 * @param {import('./timeline-model.js').TimelineModel} parts.timeline
 * @param {import('./score.js').Score} parts.score
 * @param {import('../i18n.js').Translator} parts.translator
 */
export function showTransport({ deck, session, timeline, score, translator }) {
  const play = byId('foley-play', HTMLButtonElement)
  const now = byId('foley-now', HTMLElement)
  const total = byId('foley-total', HTMLElement)
  const rate = byId('rate', HTMLSelectElement)
  const zoomOut = byId('zoom-out', HTMLButtonElement)
  const zoomIn = byId('zoom-in', HTMLButtonElement)

  play.addEventListener('click', () => (deck.playing ? deck.pause() : void deck.play()))
  rate.append(...RATES.map((each) => new Option(formatSpeed(each), String(each), each === 1, each === 1)))
  rate.addEventListener('change', () => (deck.rate = Number(rate.value)))
  zoomOut.addEventListener('click', () => zoom(-1))
  zoomIn.addEventListener('click', () => zoom(1))

  const render = () => {
    rate.value = String(deck.rate) // it stays at 1 where the browser's way of playing has no other
    play.disabled = deck.durationS === 0
    showIcon(play, deck.playing ? 'pause' : 'play', translator.t(deck.playing ? 'pause' : 'play'))
    showIcon(zoomOut, 'minus', translator.t('foley.zoom_out'))
    showIcon(zoomIn, 'plus', translator.t('foley.zoom_in'))
    now.textContent = formatTime(deck.positionS)
    total.textContent = formatTime(timeline.durationS ?? deck.durationS)
    zoomOut.disabled = !score.canZoomOut
    zoomIn.disabled = !score.canZoomIn
  }
  const zoom = (/** @type {1 | -1} */ step) => {
    score.zoom(step)
    render()
  }
  for (const type of ['change', 'moved', 'heard']) deck.addEventListener(type, render)
  session.addEventListener('grown', render)
  for (const source of [timeline, translator]) source.addEventListener('change', render)
  render()
}
