// The few settings that outlive the page: a voice and how it speaks, volume, captions, language, theme. Never a text, never a sound.

/**
 * @typedef {object} Settings
 * @property {string} voice a voice's id, or `default`
 * @property {number} speed 0.25 to 4
 * @property {string} emotion an emotion's id
 * @property {number} intensity of the emotion, 0 to 100 per cent
 * @property {number} pitch semitones over the voice's own, -6 to 6
 * @property {boolean} ssml whether the text is SSML
 * @property {boolean} captions whether a line shows what is said
 * @property {number} volume 0 to 1
 * @property {'auto' | 'en' | 'zh'} language `auto` follows the browser
 * @property {'system' | 'light' | 'dark'} theme
 */

const STORAGE_KEY = 'wildtrack.settings'

/** @type {Settings} */
const DEFAULTS = {
  voice: 'default',
  speed: 1,
  emotion: 'neutral',
  intensity: 100,
  pitch: 0,
  ssml: false,
  captions: false,
  volume: 1,
  language: 'auto',
  theme: 'system',
}

/** @type {(least: number, most: number) => (value: unknown) => boolean} */
const within = (least, most) => (value) => typeof value === 'number' && value >= least && value <= most
const isName = (/** @type {unknown} */ value) => typeof value === 'string' && value.length > 0 && value.length <= 200

/** @type {{[K in keyof Settings]: (value: unknown) => boolean}} */
const IS_VALID = {
  voice: isName,
  speed: within(0.25, 4),
  emotion: isName,
  intensity: within(0, 100),
  pitch: within(-6, 6),
  ssml: (value) => typeof value === 'boolean',
  captions: (value) => typeof value === 'boolean',
  volume: within(0, 1),
  language: (value) => value === 'auto' || value === 'en' || value === 'zh',
  theme: (value) => value === 'system' || value === 'light' || value === 'dark',
}

/** Where settings are kept: `localStorage`, or null where the browser shuts it. */
/** @typedef {Pick<Storage, 'getItem' | 'setItem'> | null} SettingsStore */

export class SettingsKeeper {
  /** @type {Settings} */
  #values
  #store

  /** @param {SettingsStore} store */
  constructor(store) {
    this.#store = store
    this.#values = { ...DEFAULTS, ...read(store) }
  }

  /**
   * @template {keyof Settings} K
   * @param {K} name
   * @returns {Settings[K]}
   */
  get(name) {
    return this.#values[name]
  }

  /**
   * @template {keyof Settings} K
   * @param {K} name
   * @param {Settings[K]} value
   */
  set(name, value) {
    this.#values = { ...this.#values, [name]: value }
    try {
      this.#store?.setItem(STORAGE_KEY, JSON.stringify(this.#values))
    } catch {
      // A full or shut store costs the reader only that the setting is asked again next time.
    }
  }
}

/**
 * What was kept, less anything unknown or out of range.
 * @param {SettingsStore} store
 * @returns {Partial<Settings>}
 */
function read(store) {
  try {
    const kept = JSON.parse(store?.getItem(STORAGE_KEY) ?? '{}')
    return Object.fromEntries(
      Object.entries(IS_VALID)
        .filter(([name, valid]) => valid(kept?.[name]))
        .map(([name]) => [name, kept[name]]),
    )
  } catch {
    return {}
  }
}

/**
 * `localStorage`, or null: touching it throws where site data is blocked.
 * @returns {SettingsStore}
 */
export function localStore() {
  try {
    return window.localStorage
  } catch {
    return null
  }
}
