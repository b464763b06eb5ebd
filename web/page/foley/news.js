// Puts into words how the work goes: one status line, a thin bar, what is wrong with the picture, how soon the first sound came.
import { byId, make } from '../dom.js'
import { formatDuration } from '../format.js'

/** @typedef {import('./session.js').News} News */
/** @typedef {Exclude<News, 'done'> | 'playing' | 'paused' | 'finished'} Saying */

/** Warnings that the page has words for; of others the server's own sentence is shown. */
const WARNINGS = /** @type {const} */ (['too_dark', 'blurred', 'shaking', 'frozen', 'has_audio'])

/**
 * @param {object} parts
 * @param {import('./deck.js').Deck} parts.deck
 * @param {import('./session.js').Session} parts.session
 * @param {import('./timeline-model.js').TimelineModel} parts.timeline
 * @param {import('../notices.js').StatusLine} parts.status
 * @param {import('../i18n.js').Translator} parts.translator
 */
export function tellNews({ deck, session, timeline, status, translator }) {
  const bar = byId('foley-progress', HTMLProgressElement)
  const latency = byId('foley-latency', HTMLElement)
  const warnings = byId('warnings', HTMLElement)
  const duration = () => formatDuration(timeline.durationS ?? deck.durationS, translator.language)

  const say = (/** @type {Saying} */ saying) => {
    status.news(() => translator.t(`foley.news.${saying}`, { duration: duration() }))
  }
  session.addEventListener('news', (event) => {
    const { news } = /** @type {CustomEvent<{news: News}>} */ (event).detail
    if (news === 'done') say(deck.playing ? 'playing' : 'finished')
    else say(news)
  })
  deck.addEventListener('change', () => {
    if (deck.playing) say(session.phase === 'idle' ? 'playing' : session.phase)
  })
  deck.addEventListener('paused', () => say('paused'))
  deck.addEventListener('ended', () => session.phase === 'idle' && say('finished'))

  const showProgress = () => {
    const { phase, progress, uploaded } = session
    const percent = phase === 'uploading' ? Math.round(uploaded * 100) : (progress?.percent ?? 0)
    bar.hidden = phase === 'idle'
    bar.value = percent
    const facts = [...(session.cached ? [translator.t('foley.cached')] : [])]
    const step = phase === 'uploading' ? 'uploading' : progress?.step
    if (phase !== 'idle' && step) facts.push(translator.t(`foley.step.${step}`, { percent }))
    else if (deck.latencyMs !== null && !session.cached) {
      facts.push(translator.t('foley.latency', { ms: Math.round(deck.latencyMs) }))
    }
    latency.textContent = facts.join(' · ')
  }
  const showWarnings = () => {
    warnings.hidden = session.warnings.length === 0
    warnings.replaceChildren(
      ...session.warnings.map(({ code, message }) => {
        const known = WARNINGS.find((each) => each === code)
        return make('li', '', known ? translator.t(`foley.warning.${known}`) : message)
      }),
    )
  }
  for (const type of ['progress', 'change', 'grown']) session.addEventListener(type, showProgress)
  deck.addEventListener('heard', showProgress)
  session.addEventListener('warnings', showWarnings)
  translator.addEventListener('change', () => {
    showProgress()
    showWarnings()
  })
  showProgress()
}
