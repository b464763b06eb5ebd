// A few sentences to hear at once: what a voice does with a story, with a forecast, with Chinese, and with both at a time.

/** @typedef {{title: string, language: 'en' | 'zh', text: string}} Sample */

/** @type {readonly Sample[]} */
export const SAMPLES = [
  {
    title: 'Night train',
    language: 'en',
    text: 'The night train leaves at ten. By morning you can smell the sea, and somebody brings tea in a tall glass.',
  },
  {
    title: 'Weather',
    language: 'en',
    text: 'Tonight, light rain from the west. Tomorrow starts grey, clears by noon, and stays mild until Sunday.',
  },
  {
    title: '清晨',
    language: 'zh',
    text: '清晨的雾还没有散，卖豆浆的老人已经支好了摊子，热气一团一团地往上升。',
  },
  {
    title: '中英',
    language: 'zh',
    text: '下周三的 meeting 改到了二楼的 studio，记得把 slides 带上，我们三点准时开始。',
  },
]

/**
 * The samples with those of the reader's language first.
 * @param {string} language
 */
export function samplesFor(language) {
  return [...SAMPLES].sort((a, b) => Number(b.language === language) - Number(a.language === language))
}
