// Three small helpers over the DOM: find an element by id and kind, make one, draw an icon.

/**
 * The element of this id, which must be of this kind: a mistake in the page shows at once, not at the first press.
 * @template {Element} T
 * @param {string} id
 * @param {new (...parts: never[]) => T} kind
 * @returns {T}
 */
export function byId(id, kind) {
  const element = document.getElementById(id)
  if (!(element instanceof kind)) throw new Error(`The page has no ${kind.name} #${id}`)
  return element
}

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {string} [className]
 * @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function make(tag, className = '', ...children) {
  const element = document.createElement(tag)
  if (className) element.className = className
  element.append(...children)
  return element
}

/**
 * One of the symbols of index.html, hidden from screen readers: the control around it carries the name.
 * @param {string} name as in `#icon-name`
 */
export function icon(name) {
  const space = 'http://www.w3.org/2000/svg'
  const svg = document.createElementNS(space, 'svg')
  svg.setAttribute('class', 'icon')
  svg.setAttribute('aria-hidden', 'true')
  const use = document.createElementNS(space, 'use')
  use.setAttribute('href', `#icon-${name}`)
  svg.append(use)
  return svg
}

/**
 * Names a button that shows only an icon, for screen readers and as a tooltip.
 * @param {HTMLButtonElement} button
 * @param {string} iconName
 * @param {string} name
 */
export function showIcon(button, iconName, name) {
  button.replaceChildren(icon(iconName))
  button.setAttribute('aria-label', name)
  button.title = name
}

/**
 * Tells the style sheet how much of a slider is filled; Firefox and Safari have no common selector for it.
 * @param {HTMLInputElement} slider
 */
export function paintSlider(slider) {
  const [min, max] = [Number(slider.min), Number(slider.max)]
  slider.style.setProperty('--fill', `${((slider.valueAsNumber - min) / (max - min)) * 100}%`)
}
