// What the page tells the reader: one quiet status line with its place kept free, and a banner for what needs an answer.
import { icon, make } from './dom.js'

/** @typedef {import('./i18n.js').Translator} Translator */

/** The status line. It keeps what it says as a function, to say it again when the language changes. */
export class StatusLine {
  #news = make('span')
  #notice = make('span')
  #sayNews = () => ''
  #sayNotice = () => ''

  /**
   * @param {HTMLElement} place a live region
   * @param {Translator} translator
   */
  constructor(place, translator) {
    // Only what changed is read out: a notice is not repeated when the sound ends.
    place.setAttribute('aria-atomic', 'false')
    place.append(this.#news, ' ', this.#notice)
    translator.addEventListener('change', () => this.#show())
  }

  /** @param {() => string} say */
  news(say) {
    this.#sayNews = say
    this.#show()
  }

  /** @param {() => string} say stands beside the news until it is replaced */
  notice(say) {
    this.#sayNotice = say
    this.#show()
  }

  #show() {
    for (const [span, say] of /** @type {const} */ ([
      [this.#news, this.#sayNews],
      [this.#notice, this.#sayNotice],
    ])) {
      const text = say()
      if (span.textContent !== text) span.textContent = text
    }
  }
}

/**
 * @typedef {object} BannerContent
 * @property {'error' | 'ask' | 'link'} kind `link` goes by itself, the others can be put away
 * @property {() => string} say
 * @property {{say: () => string, act: () => void}} [action]
 */

/** One banner at a time; a problem with the connection gives way to nothing else. */
export class Banner {
  /** @type {BannerContent | null} */
  #content = null
  #place
  #translator

  /**
   * @param {HTMLElement} place a live region
   * @param {Translator} translator
   */
  constructor(place, translator) {
    this.#place = place
    this.#translator = translator
    translator.addEventListener('change', () => this.#render())
  }

  /** @param {BannerContent} content */
  show(content) {
    this.#content = content
    this.#render()
  }

  /** @param {...BannerContent['kind']} kinds only a banner of one of these; any, where none is named */
  hide(...kinds) {
    if (!this.#content || (kinds.length > 0 && !kinds.includes(this.#content.kind))) return
    this.#content = null
    this.#render()
  }

  #render() {
    const content = this.#content
    if (!content) {
      this.#place.replaceChildren()
      return
    }
    const actions = make('div', 'banner-actions')
    const { action } = content
    if (action) {
      const button = make('button', 'plain', action.say())
      button.type = 'button'
      button.addEventListener('click', () => {
        this.hide()
        action.act()
      })
      actions.append(button)
    }
    if (content.kind !== 'link') {
      const dismiss = make('button', 'quiet icon-only', icon('close'))
      dismiss.type = 'button'
      dismiss.setAttribute('aria-label', this.#translator.t('banner.dismiss'))
      dismiss.addEventListener('click', () => this.hide())
      actions.append(dismiss)
    }
    const banner = make('div', 'banner', make('p', '', content.say()), actions)
    banner.dataset.kind = content.kind
    this.#place.replaceChildren(banner)
  }
}
