// The download button and its menu of file formats, for the take in hand and for each of the last ones.
import { FILE_FORMATS } from './downloads.js'
import { Menu } from './menu.js'

/** @typedef {import('./downloads.js').FileFormat} FileFormat */
/** @typedef {import('./speaker.js').Take} Take */

/**
 * @param {object} parts
 * @param {HTMLElement} parts.place becomes the home of the button and the menu
 * @param {HTMLButtonElement} parts.button
 * @param {import('./i18n.js').Translator} parts.translator
 * @param {(format: FileFormat) => void} parts.choose
 * @returns {() => void} fills the menu again after the language has changed
 */
export function makeDownloadMenu({ place, button, translator, choose }) {
  const menu = new Menu(place, button, (format) => choose(/** @type {FileFormat} */ (format)))
  const fill = () => {
    const items = FILE_FORMATS.map((format) => ({
      value: format,
      name: format.toUpperCase(),
      note: translator.t(`download.${format}`),
    }))
    menu.fill(translator.t('download'), items)
  }
  fill()
  return fill
}
