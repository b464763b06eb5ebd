// Which view is shown, speech or Foley: as the address says, so that each has a link of its own and Back goes back.

/** @typedef {'speech' | 'foley'} View */

/** Dispatches `change` after `current` has changed. */
export class Views extends EventTarget {
  /** @type {View} */
  current = 'speech'
  #places
  #links
  #banner

  /**
   * @param {object} parts
   * @param {Record<View, HTMLElement>} parts.places one of them is shown
   * @param {Record<View, HTMLAnchorElement>} parts.links
   * @param {HTMLElement} parts.banner goes along, to where the view has a place for it
   */
  constructor({ places, links, banner }) {
    super()
    this.#places = places
    this.#links = links
    this.#banner = banner
    addEventListener('hashchange', () => this.#show())
  }

  /** Shows what the address says. Call it once all listen. */
  begin() {
    this.#show()
  }

  #show() {
    this.current = location.hash === '#foley' ? 'foley' : 'speech'
    for (const view of /** @type {const} */ (['speech', 'foley'])) {
      this.#places[view].hidden = view !== this.current
      if (view === this.current) this.#links[view].setAttribute('aria-current', 'page')
      else this.#links[view].removeAttribute('aria-current')
    }
    this.#places[this.current].querySelector('[data-banner-place]')?.append(this.#banner)
    this.dispatchEvent(new Event('change'))
  }
}
