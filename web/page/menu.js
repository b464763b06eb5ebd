// A button that opens a short menu: arrows move, Escape and a press outside close, as WAI-ARIA's menu button pattern says.
// https://www.w3.org/WAI/ARIA/apg/patterns/menu-button/
import { make } from './dom.js'

/** @typedef {{value: string, name: string, note: string}} MenuItem */

export class Menu {
  #isOpen = false
  /** Ends the watch for a press elsewhere, which lasts as long as the menu is open. */
  #watch = new AbortController()
  #place
  #list
  /** @type {(value: string) => void} */
  #choose

  /**
   * @param {HTMLElement} place becomes the menu's home; should be positioned
   * @param {HTMLButtonElement} button
   * @param {(value: string) => void} choose
   */
  constructor(place, button, choose) {
    this.button = button
    this.#place = place
    this.#choose = choose
    this.#list = make('div', 'menu')
    this.#list.hidden = true
    this.#list.setAttribute('role', 'menu')
    button.setAttribute('aria-haspopup', 'menu')
    button.setAttribute('aria-expanded', 'false')
    place.append(button, this.#list)
    button.addEventListener('click', () => this.#toggle(!this.#isOpen))
    button.addEventListener('keydown', (event) => {
      if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return
      event.preventDefault()
      this.#toggle(true)
      if (event.key === 'ArrowUp') this.#items.at(-1)?.focus()
    })
    this.#list.addEventListener('keydown', (event) => this.#onKey(event))
    place.addEventListener('focusout', (event) => {
      if (!(event.relatedTarget instanceof Node && place.contains(event.relatedTarget))) this.#toggle(false)
    })
  }

  get #items() {
    return [...this.#list.querySelectorAll('button')]
  }

  /**
   * @param {string} name the menu's accessible name
   * @param {readonly MenuItem[]} items
   */
  fill(name, items) {
    this.#list.setAttribute('aria-label', name)
    this.#list.replaceChildren(
      ...items.map((item) => {
        const button = make('button', '', make('span', '', item.name), make('span', '', item.note))
        button.type = 'button'
        button.tabIndex = -1
        button.setAttribute('role', 'menuitem')
        button.dataset.value = item.value
        button.addEventListener('click', () => {
          this.#toggle(false)
          this.button.focus()
          this.#choose(item.value)
        })
        return button
      }),
    )
  }

  /** @param {boolean} open */
  #toggle(open) {
    if (open === this.#isOpen || (open && this.button.disabled)) return
    this.#isOpen = open
    this.#list.hidden = !open
    this.button.setAttribute('aria-expanded', String(open))
    this.#watch.abort()
    if (!open) return
    this.#watch = new AbortController()
    const closeElsewhere = (/** @type {PointerEvent} */ event) => {
      if (!(event.target instanceof Node && this.#place.contains(event.target))) this.#toggle(false)
    }
    document.addEventListener('pointerdown', closeElsewhere, { signal: this.#watch.signal })
    // Upwards where there is room, else downwards: near the top of a list the menu would leave the page.
    this.#list.dataset.opens = this.button.getBoundingClientRect().top > this.#list.offsetHeight + 16 ? 'up' : 'down'
    this.#items[0]?.focus()
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const items = this.#items
    const at = items.findIndex((item) => item === document.activeElement)
    /** @type {Record<string, number>} */
    const moves = {
      ArrowDown: (at + 1) % items.length,
      ArrowUp: (at - 1 + items.length) % items.length,
      Home: 0,
      End: items.length - 1,
    }
    if (Object.hasOwn(moves, event.key)) {
      event.preventDefault()
      items[moves[event.key]].focus()
    } else if (event.key === 'Escape') {
      // Escape closes the menu and nothing else: the speech goes on.
      event.stopPropagation()
      this.#toggle(false)
      this.button.focus()
    } else if (event.key === 'Tab') {
      this.#toggle(false)
    }
  }
}
