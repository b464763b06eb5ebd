// What the page knows of the voices: their groups, their names in the reader's language, what each says as a preview. Pure.

/** @typedef {import('./i18n.js').Translator} Translator */
/** @typedef {Awaited<ReturnType<import('./link.js').Client['voices']>>[number] & {native_name?: string}} Voice */

/** The choice that leaves the voice to the server. */
export const AUTOMATIC = 'default'

/**
 * One short sentence in each language, said by a voice that introduces itself. A voice of any other reads the English one.
 * @type {Record<string, string>}
 */
const PREVIEWS = {
  en: 'Hello. This is how I sound when I read to you.',
  zh: '你好，我读给你听的时候，就是这样的声音。',
  ar: 'مرحبا. هكذا يبدو صوتي عندما أقرأ لك.',
  cs: 'Dobrý den. Takhle zním, když vám čtu.',
  de: 'Guten Tag. So klinge ich, wenn ich Ihnen vorlese.',
  es: 'Hola. Así sueno cuando leo para ti.',
  fr: 'Bonjour. Voici ma voix quand je vous fais la lecture.',
  hi: 'नमस्ते। जब मैं आपके लिए पढ़ता हूँ, तो मेरी आवाज़ ऐसी होती है।',
  it: 'Ciao. Ecco come suono quando leggo per te.',
  nl: 'Hallo. Zo klink ik als ik je voorlees.',
  pl: 'Dzień dobry. Tak brzmię, kiedy dla ciebie czytam.',
  pt: 'Olá. É assim que soo quando leio para você.',
  ru: 'Здравствуйте. Так я звучу, когда читаю вам.',
  tr: 'Merhaba. Size okurken sesim böyle.',
  uk: 'Добрий день. Так я звучу, коли читаю вам.',
}

/**
 * The primary language of a voice: `en` of `en-GB`.
 * @param {Pick<Voice, 'language'>} voice
 */
export function primaryLanguage(voice) {
  return voice.language.toLowerCase().split('-')[0]
}

/** @param {Pick<Voice, 'language'>} voice */
export function previewText(voice) {
  return PREVIEWS[primaryLanguage(voice)] ?? PREVIEWS.en
}

/**
 * The voices by primary language, in the order they came; the reader's own language first.
 * @template {Pick<Voice, 'language'>} V
 * @param {readonly V[]} voices
 * @param {string} readersLanguage
 * @returns {{language: string, voices: V[]}[]}
 */
export function groupVoices(voices, readersLanguage) {
  /** @type {Map<string, V[]>} */
  const groups = new Map()
  for (const voice of voices) {
    const language = primaryLanguage(voice)
    groups.set(language, [...(groups.get(language) ?? []), voice])
  }
  return [...groups]
    .map(([language, members]) => ({ language, voices: members }))
    .sort((a, b) => Number(b.language === readersLanguage) - Number(a.language === readersLanguage))
}

/**
 * The heading of a group.
 * @param {string} language primary language
 * @param {Translator} translator
 */
export function groupName(language, translator) {
  if (language === 'en') return translator.t('voice.group_en')
  if (language === 'zh') return translator.t('voice.group_zh')
  return new Intl.DisplayNames([translator.language], { type: 'language' }).of(language) ?? language
}

/**
 * A voice's name as the reader would write it: 晓晓 in a Chinese page, Xiaoxiao in an English one.
 * @param {Voice} voice
 * @param {Translator} translator
 */
export function voiceName(voice, translator) {
  return translator.language === 'zh' ? (voice.native_name ?? voice.name) : voice.name
}

/**
 * What sets a voice apart from others of its name: where it is from, and whose it sounds like.
 * @param {Voice} voice
 * @param {Translator} translator
 */
export function voiceNote(voice, translator) {
  const accents = /** @type {Record<string, import('./strings.js').StringKey>} */ ({
    'en-US': 'voice.american',
    'en-GB': 'voice.british',
  })
  const accent = accents[voice.language]
  const gender = voice.gender === 'female' ? 'voice.female' : voice.gender === 'male' ? 'voice.male' : null
  const parts = [accent && translator.t(accent), gender && translator.t(gender)]
  return parts.filter(Boolean).join(translator.language === 'zh' ? '' : ', ')
}
