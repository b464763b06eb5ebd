// Watches the connection for the reader: asks for a key where the server wants one, and says when the line is lost.
import { askForKey } from './key-store.js'
import { serverErrorsInChinese } from './strings.js'

/** How long a lost connection may take to come back before the page speaks of it. */
const PATIENCE_MS = 1500

export class ConnectionNews {
  #link
  #keys
  #banner
  #translator
  #patience = 0

  /**
   * @param {object} parts
   * @param {import('./link.js').Link} parts.link
   * @param {import('./key-store.js').KeyStore} parts.keys
   * @param {import('./notices.js').Banner} parts.banner
   * @param {import('./i18n.js').Translator} parts.translator
   */
  constructor({ link, keys, banner, translator }) {
    this.#link = link
    this.#keys = keys
    this.#banner = banner
    this.#translator = translator
    link.addEventListener('state', () => this.#onState())
  }

  /** Asks for the key; without one the page stays as it is and says why. */
  async unlock() {
    const key = await askForKey(this.#keys.read() !== null)
    if (key) {
      this.#keys.keep(key)
      void this.#link.open()
      return
    }
    this.#banner.show({
      kind: 'link',
      say: () => this.#translator.t('link.locked'),
      action: { say: () => this.#translator.t('key.enter'), act: () => void this.unlock() },
    })
  }

  #onState() {
    clearTimeout(this.#patience)
    const { state, problem } = this.#link
    if (state === 'connected') this.#banner.hide('link')
    else if (state === 'locked') void this.unlock()
    else if (state === 'reconnecting') {
      this.#patience = setTimeout(() => this.#say(() => this.#translator.t('link.reconnecting')), PATIENCE_MS)
    } else if (state === 'unreachable') {
      // The server's own refusal says more than that it cannot be reached.
      const refusal = problem && Object.hasOwn(serverErrorsInChinese, problem.code) ? problem : null
      this.#say(() => (refusal ? this.#translator.error(refusal) : this.#translator.t('link.unreachable')))
    }
  }

  /** @param {() => string} say */
  #say(say) {
    this.#banner.show({ kind: 'link', say })
  }
}
