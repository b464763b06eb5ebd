// Where the video is dropped or chosen, and then seen: one file at a time, its name shown here and sent nowhere.
import { byId } from '../dom.js'

/** By its end, where the browser does not know what a file is. */
const ENDINGS = /\.(mp4|m4v|mov|webm|mkv|gif|avi|mpe?g|ts)$/i

/** Dispatches `choose` (detail {file}), and `refuse` where it is no video. */
export class Stage extends EventTarget {
  #input = byId('video-file', HTMLInputElement)
  #sheet = byId('foley-sheet', HTMLElement)
  #picture
  /** @type {File | null} */
  file = null

  /**
   * @param {object} parts
   * @param {HTMLElement} parts.view files may be dropped anywhere in it
   * @param {import('./picture.js').Picture} parts.picture
   */
  constructor({ view, picture }) {
    super()
    this.#picture = picture
    this.#input.addEventListener('change', () => {
      const file = this.#input.files?.item(0)
      this.#input.value = '' // the same file can be chosen again
      if (file) this.#take(file)
    })
    view.addEventListener('dragover', (event) => {
      if (!event.dataTransfer?.types.includes('Files')) return
      event.preventDefault()
      this.#sheet.dataset.dropping = ''
    })
    view.addEventListener('dragleave', (event) => {
      if (!(event.relatedTarget instanceof Node && view.contains(event.relatedTarget))) delete this.#sheet.dataset.dropping
    })
    view.addEventListener('drop', (event) => {
      delete this.#sheet.dataset.dropping
      const file = event.dataTransfer?.files.item(0)
      if (!file) return
      event.preventDefault()
      this.#take(file)
    })
    picture.addEventListener('change', () => this.#render())
    this.#render()
  }

  /** Opens the file dialog. */
  ask() {
    this.#input.click()
  }

  /** @param {File} file */
  #take(file) {
    if (!file.type.startsWith('video/') && file.type !== 'image/gif' && !ENDINGS.test(file.name)) {
      this.dispatchEvent(new Event('refuse'))
      return
    }
    this.file = file
    byId('video-name', HTMLElement).textContent = file.name
    void this.#picture.open(file)
    this.dispatchEvent(new CustomEvent('choose', { detail: { file } }))
    this.#render()
  }

  #render() {
    const { showing, isDrawn } = this.#picture
    byId('drop', HTMLElement).hidden = this.file !== null
    byId('stage-head', HTMLElement).hidden = this.file === null
    byId('picture', HTMLElement).hidden = this.file === null
    byId('picture', HTMLElement).dataset.showing = showing
    byId('video', HTMLElement).hidden = isDrawn || showing === 'unknown'
    byId('gif', HTMLElement).hidden = !isDrawn
    byId('not-shown', HTMLElement).hidden = showing !== 'unknown'
  }
}
