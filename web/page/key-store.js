// The API key: kept for this tab only, in sessionStorage, and asked for in a small dialog.
import { byId } from './dom.js'

const STORAGE_KEY = 'wildtrack.api_key'

export class KeyStore {
  /** @type {string | null} */
  #key = null

  /** The key, or null where none was given. */
  read = () => {
    try {
      return this.#key ?? sessionStorage.getItem(STORAGE_KEY)
    } catch {
      return this.#key
    }
  }

  /** @param {string} key */
  keep(key) {
    this.#key = key
    try {
      sessionStorage.setItem(STORAGE_KEY, key)
    } catch {
      // Site data is blocked: the key lives as long as the page.
    }
  }
}

/**
 * Asks for a key.
 * @param {boolean} wasRefused whether a key was given already and not accepted
 * @returns {Promise<string | null>} null where the reader would rather not
 */
export function askForKey(wasRefused) {
  const dialog = byId('key-dialog', HTMLDialogElement)
  const form = byId('key-form', HTMLFormElement)
  const field = byId('key', HTMLInputElement)
  const cancel = byId('key-cancel', HTMLButtonElement)
  byId('key-refused', HTMLElement).hidden = !wasRefused
  if (!dialog.open) dialog.showModal()
  field.focus()
  return new Promise((resolve) => {
    /** @type {string | null} */
    let key = null
    const over = new AbortController()
    form.addEventListener('submit', () => (key = field.value.trim() || null), { signal: over.signal })
    cancel.addEventListener('click', () => dialog.close(), { signal: over.signal })
    dialog.addEventListener(
      'close',
      () => {
        over.abort()
        field.value = ''
        resolve(key)
      },
      { signal: over.signal },
    )
  })
}
