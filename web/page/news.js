// Puts into words what the speaker tells: how it goes, how soon the first sound came, and whether another voice reads.
import { byId } from './dom.js'
import { formatDuration } from './format.js'
import { AUTOMATIC } from './voices.js'

/** @typedef {import('./speaker.js').News} News */

/**
 * @param {object} parts
 * @param {import('./speaker.js').Speaker} parts.speaker
 * @param {import('./notices.js').StatusLine} parts.status
 * @param {import('./voice-menu.js').VoiceMenu} parts.menu
 * @param {import('./i18n.js').Translator} parts.translator
 */
export function tellNews({ speaker, status, menu, translator }) {
  const latency = byId('latency', HTMLElement)
  const showLatency = () => {
    const latencyMs = speaker.take?.latencyMs ?? null
    latency.textContent = latencyMs === null ? '' : translator.t('latency', { ms: Math.round(latencyMs) })
  }
  const duration = () => formatDuration(speaker.durationS, translator.language)
  const voice = () => menu.nameOf(speaker.take?.voiceId ?? AUTOMATIC)

  /** @type {Record<News, () => string>} */
  const sayings = {
    starting: () => translator.t('status.starting'),
    speaking: () => translator.t('status.speaking', { voice: voice() }),
    playing: () => translator.t('status.playing', { voice: voice() }),
    paused: () => translator.t('status.paused'),
    finished: () => translator.t('status.finished', { duration: duration() }),
    broken: () => translator.t('status.broken', { duration: duration() }),
    stopped: () => translator.t('status.stopped'),
  }

  speaker.addEventListener('news', (event) => {
    const { news } = /** @type {import('./speaker.js').SpeakerEvents['news']} */ (event).detail
    status.news(sayings[news])
    if (news !== 'starting') return
    status.notice(() => '')
    latency.textContent = ''
  })
  speaker.addEventListener('take', () => {
    status.notice(() => '')
    showLatency()
  })
  speaker.addEventListener('heard', showLatency)
  speaker.addEventListener('notice', (event) => {
    const { requested, voice, sentence } = /** @type {import('./speaker.js').SpeakerEvents['notice']} */ (event).detail
    const isOtherVoice = requested !== voice && menu.find(requested) !== null
    status.notice(() => {
      if (!isOtherVoice) return sentence
      return translator.t('notice.other_voice', { requested: menu.nameOf(requested), voice: menu.nameOf(voice) })
    })
  })
  translator.addEventListener('change', showLatency)
}
