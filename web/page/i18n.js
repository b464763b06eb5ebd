// Chooses the language, fills in the words, and tells the page when the language changes.
import { sayFault, ssmlFault } from './ssml.js'
import { serverErrorsInChinese, strings } from './strings.js'

/** @typedef {import('./strings.js').Language} Language */
/** @typedef {import('./strings.js').StringKey} StringKey */
/** @typedef {Record<string, string | number>} Values what stands in a string's {braces} */

/**
 * The first language of the reader's list (BCP 47 tags, best first) that the page speaks; English where there is none.
 * @param {readonly string[]} preferred
 * @returns {Language}
 */
export function chooseLanguage(preferred) {
  for (const tag of preferred) {
    const primary = tag.toLowerCase().split('-')[0]
    if (primary === 'en' || primary === 'zh') return primary
  }
  return 'en'
}

/**
 * A string with its {braces} filled; a brace without a value stays as it is, so that the mistake is seen.
 * @param {Language} language
 * @param {StringKey} key
 * @param {Values} [values]
 */
export function translate(language, key, values = {}) {
  return strings[language][key].replace(/\{(\w+)\}/g, (brace, name) => String(values[name] ?? brace))
}

/** The page's voice in one language at a time. Dispatches `change` after `language` has changed. */
export class Translator extends EventTarget {
  /** @param {Language} language */
  constructor(language) {
    super()
    this.language = language
  }

  /**
   * @param {StringKey} key
   * @param {Values} [values]
   */
  t(key, values) {
    return translate(this.language, key, values)
  }

  /**
   * What to show for an error: our own words for its code where we have them, else the server's sentence.
   * @param {{code: string, message: string}} error
   */
  error({ code, message }) {
    const key = `error.${code}`
    if (isKey(key)) return this.t(key)
    const fault = code === 'invalid_ssml' && ssmlFault(message)
    if (fault) return this.t('ssml.wrong_at', sayFault(fault, this.language))
    return this.language === 'zh' && Object.hasOwn(serverErrorsInChinese, code) ? serverErrorsInChinese[code] : message
  }

  /** @param {Language} language */
  set(language) {
    if (language === this.language) return
    this.language = language
    this.dispatchEvent(new Event('change'))
  }
}

/** The attribute in the page, and what of the element it fills. */
const TARGETS = /** @type {const} */ ([
  ['data-i18n', null],
  ['data-i18n-label', 'aria-label'],
  ['data-i18n-placeholder', 'placeholder'],
])

/**
 * Puts the words into every element that asks for them.
 * @param {ParentNode} root
 * @param {Translator} translator
 */
export function fillIn(root, translator) {
  for (const [marker, attribute] of TARGETS) {
    for (const element of root.querySelectorAll(`[${marker}]`)) {
      const key = element.getAttribute(marker) ?? ''
      if (!isKey(key)) throw new Error(`No string "${key}"`)
      if (attribute) element.setAttribute(attribute, translator.t(key))
      else element.textContent = translator.t(key)
    }
  }
}

/**
 * @param {string} key
 * @returns {key is StringKey}
 */
function isKey(key) {
  return Object.hasOwn(strings.en, key)
}
