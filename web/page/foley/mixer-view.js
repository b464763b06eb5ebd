// Mute and solo of each stem, beside its lane.
import { make } from '../dom.js'
import { STEMS } from './stems.js'

/**
 * @param {object} parts
 * @param {HTMLElement} parts.place
 * @param {import('./stems.js').Mixer} parts.mixer
 * @param {import('./session.js').Session} parts.session
 * @param {import('../i18n.js').Translator} parts.translator
 */
export function showMixer({ place, mixer, session, translator }) {
  /** @type {(() => void)[]} */
  const renderings = []
  for (const stem of STEMS) {
    const name = make('span', 'mixer-name')
    const mute = make('button', 'mix')
    const solo = make('button', 'mix')
    mute.type = solo.type = 'button'
    mute.addEventListener('click', () => mixer.toggleMute(stem))
    solo.addEventListener('click', () => mixer.toggleSolo(stem))
    const group = make('div', 'mixer-stem', name, mute, solo)
    group.setAttribute('role', 'group')
    place.append(group)
    renderings.push(() => {
      name.textContent = translator.t(`foley.stem.${stem}`)
      group.setAttribute('aria-label', name.textContent)
      group.classList.toggle('mixer-silent', !mixer.audible.includes(stem))
      mute.textContent = translator.t('foley.mute_short')
      solo.textContent = translator.t('foley.solo_short')
      for (const [button, kind, isOn] of /** @type {const} */ ([
        [mute, 'mute', mixer.isMuted(stem)],
        [solo, 'solo', mixer.isSolo(stem)],
      ])) {
        button.title = translator.t(`foley.${kind}.${stem}`)
        button.setAttribute('aria-label', button.title)
        button.setAttribute('aria-pressed', String(isOn))
        button.disabled = !session.isEditable
      }
    })
  }
  const render = () => {
    for (const each of renderings) each()
  }
  mixer.addEventListener('change', render)
  translator.addEventListener('change', render)
  for (const type of ['change', 'grown']) session.addEventListener(type, render)
  render()
}
