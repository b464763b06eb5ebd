// The download button and its menu of files, of sound and of captions, for the take in hand and for each of the last ones.
import { CAPTION_FORMATS, FILE_FORMATS } from './downloads.js'
import { Menu } from './menu.js'

/** @typedef {import('./downloads.js').FileFormat} FileFormat */
/** @typedef {import('./downloads.js').CaptionFormat} CaptionFormat */
/** @typedef {import('./speaker.js').Take} Take */

/**
 * @param {object} parts
 * @param {HTMLElement} parts.place becomes the home of the button and the menu
 * @param {HTMLButtonElement} parts.button
 * @param {import('./i18n.js').Translator} parts.translator
 * @param {() => boolean} parts.hasWords whether it is known when words are heard
 * @param {(format: FileFormat | CaptionFormat) => void} parts.choose
 * @returns {() => void} fills the menu again after the language, or what there is, has changed
 */
export function makeDownloadMenu({ place, button, translator, hasWords, choose }) {
  const menu = new Menu(place, button, (format) => choose(/** @type {FileFormat | CaptionFormat} */ (format)))
  let filled = ''
  const fill = () => {
    const withWords = hasWords()
    const state = `${translator.language} ${withWords}`
    if (state === filled) return // an open menu keeps what the reader points at
    filled = state
    const items = [...FILE_FORMATS, ...(withWords ? CAPTION_FORMATS : [])].map((format) => ({
      value: format,
      name: format === 'vtt' ? 'WebVTT' : format.toUpperCase(),
      note: translator.t(`download.${format}`),
    }))
    menu.fill(translator.t('download'), items)
  }
  fill()
  return fill
}
