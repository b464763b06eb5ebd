// A few descriptions to begin with: sounds with their materials, what is not wanted, in both languages.

/** @typedef {{title: string, language: 'en' | 'zh', text: string}} Sample */

/** @type {readonly Sample[]} */
const SAMPLES = [
  { title: 'Walk', language: 'en', text: 'Footsteps on gravel, birds, a dog far away.' },
  { title: 'Rain', language: 'en', text: 'Light rain, distant thunder.' },
  { title: 'Workshop', language: 'en', text: 'Metal tools on a wooden bench, a machine hums.' },
  { title: '散步', language: 'zh', text: '木地板上的脚步声，关门，窗外有鸟叫。' },
  { title: '海边', language: 'zh', text: '海浪和风，沙地上的脚步。' },
]

/**
 * Those of the reader's language first.
 * @param {string} language
 */
export function samplesFor(language) {
  return [...SAMPLES].sort((a, b) => Number(b.language === language) - Number(a.language === language)).slice(0, 4)
}
