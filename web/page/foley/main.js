// The Foley view's entry: makes its parts when it is first looked at, and says what each button and piece of news leads to.
import { createPlayer } from '../../player/player.js'
import { byId } from '../dom.js'
import { asProblem } from '../link.js'
import { joinMediaSession } from '../media-session.js'
import { StatusLine } from '../notices.js'
import { strings } from '../strings.js'
import { Volume } from '../transport.js'
import { captionsAt } from './captions.js'
import { Deck } from './deck.js'
import { makeDownloads } from './downloads.js'
import { Editor } from './editor.js'
import { showMixer } from './mixer-view.js'
import { tellNews } from './news.js'
import { Picture } from './picture.js'
import { Score } from './score.js'
import { Selection } from './selection.js'
import { Session } from './session.js'
import { Stage } from './stage.js'
import { Mixer } from './stems.js'
import { TimelineModel } from './timeline-model.js'
import { showTransport } from './transport.js'
import { WishForm } from './wishes.js'

/** Captions are looked up this often while it plays. */
const CAPTION_MS = 100

/**
 * @param {object} parts
 * @param {HTMLElement} parts.view
 * @param {import('../link.js').Link} parts.link
 * @param {import('../i18n.js').Translator} parts.translator
 * @param {import('../theme.js').Theme} parts.theme
 * @param {import('../notices.js').Banner} parts.banner
 * @param {import('../settings.js').SettingsKeeper} parts.settings
 * @param {() => void} parts.unlock asks for the key where the server wants one
 * @returns {{pause: () => void}}
 */
export function openFoley({ view, link, translator, theme, banner, settings, unlock }) {
  const now = () => performance.now()
  const timeline = new TimelineModel()
  const selection = new Selection(timeline)
  const mixer = new Mixer()
  const makePlayer = () => createPlayer({ audio: byId('foley-sound', HTMLAudioElement) })
  const deck = new Deck({ makePlayer, now })
  const session = new Session({ link, timeline, deck, now })
  const picture = new Picture({ video: byId('video', HTMLVideoElement), canvas: byId('gif', HTMLCanvasElement), now })
  const stage = new Stage({ view, picture })
  const wishes = new WishForm(translator)
  const status = new StatusLine(byId('foley-status', HTMLElement), translator)
  const render = () => void session.renderAgain(mixer.audible)
  showMixer({ place: byId('mixer', HTMLElement), mixer, session, translator })
  const score = new Score({ place: byId('score', HTMLElement), deck, session, timeline, selection, translator })
  new Editor({ deck, session, timeline, selection, translator, render })
  showTransport({ deck, session, timeline, score, translator })
  tellNews({ deck, session, timeline, status, translator })
  new Volume({
    prefix: 'foley-',
    volume: settings.get('volume'),
    translator,
    apply: (audible) => (deck.volume = audible),
    settle: (volume) => settings.set('volume', volume),
  })

  joinMediaSession(deck, () => translator.t('view.foley'))

  // Asking

  const makeButton = byId('make', HTMLButtonElement)
  const removeRow = byId('remove-row', HTMLElement)

  const ask = () => {
    const { file } = stage
    if (!file) {
      stage.ask()
      return
    }
    if (link.state === 'locked') {
      unlock()
      return
    }
    banner.hide('error', 'ask')
    wishes.fold()
    mixer.reset()
    void session.make(file, wishes.value, picture.durationS)
    byId('foley-sheet', HTMLElement).scrollIntoView({ block: 'nearest' })
  }
  byId('foley-desk', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault()
    if (session.phase === 'idle') ask()
    else session.stop()
  })
  stage.addEventListener('choose', () => {
    banner.hide('error', 'ask')
    session.clear()
    wishes.unfold()
    status.news(() => translator.t('foley.chosen'))
    makeButton.focus({ preventScroll: true })
  })
  stage.addEventListener('refuse', () => {
    banner.show({ kind: 'error', say: () => translator.t('foley.error.not_a_video') })
  })
  mixer.addEventListener('change', () => {
    if (session.isEditable) render()
  })
  byId('remove', HTMLButtonElement).addEventListener('click', () => {
    makeButton.focus() // the button goes with what it removes
    void session.removeAll()
  })

  view.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault()
      if (session.phase === 'idle') ask()
    } else if (event.key === 'Escape') {
      deck.pause()
    } else if (event.key === 'z' && (event.ctrlKey || event.metaKey) && !isTyping(event.target)) {
      event.preventDefault()
      if (session.isEditable) timeline.undo()
    }
  })

  // Telling

  /**
   * @param {unknown} thrown
   * @param {(() => void) | null} retry
   */
  function showProblem(thrown, retry) {
    const problem = asProblem(thrown)
    if (problem.code === 'unauthorized') {
      unlock()
      return
    }
    status.news(() => '')
    const own = `foley.error.${problem.code}`
    banner.show({
      kind: 'error',
      say: () => (isKey(own) ? translator.t(own) : translator.error(problem)),
      action: problem.retryable && retry ? { say: () => translator.t('banner.retry'), act: retry } : undefined,
    })
  }

  session.addEventListener('problem', (event) => {
    const { problem, act } = /** @type {import('./session.js').ProblemEvent} */ (event).detail
    const retries = { make: ask, render, remove: () => void session.removeAll() }
    showProblem(problem, retries[act])
  })
  deck.addEventListener('failed', (event) => showProblem(/** @type {CustomEvent} */ (event).detail, null))
  deck.addEventListener('blocked', () => {
    banner.show({
      kind: 'ask',
      say: () => translator.t('blocked'),
      action: { say: () => translator.t('play'), act: () => void deck.play() },
    })
  })
  makeDownloads({
    place: byId('foley-download-place', HTMLElement),
    deck,
    session,
    timeline,
    translator,
    tell(news) {
      const says = { saving: () => translator.t('foley.saving'), saved: () => translator.t('foley.saved'), failed: () => '' }
      status.news(says[news])
    },
    fail: showProblem,
  })

  const showParts = () => {
    makeButton.dataset.showing = session.phase === 'idle' || session.phase === 'rendering' ? 'speak' : 'stop'
    removeRow.hidden = !session.isKept || session.phase === 'uploading'
    const isBegun = session.phase !== 'idle' || deck.durationS > 0
    byId('score', HTMLElement).hidden = !isBegun
    byId('foley-transport', HTMLElement).hidden = !isBegun
  }
  for (const type of ['change', 'grown', 'news']) session.addEventListener(type, showParts)
  showParts()

  // The picture goes with the sound

  const caption = byId('caption', HTMLElement)
  let captionedMs = -Infinity
  let frame = 0
  const showCaption = () => {
    captionedMs = now()
    const words = deck.durationS > 0 ? captionsAt(timeline.items, deck.positionS, translator.language) : []
    const text = words.map((each) => `[${each}]`).join(' ')
    if (caption.textContent !== text) caption.textContent = text
  }
  const follow = () => {
    frame = 0
    const { positionS, playing, sounding, rate } = deck
    if (deck.recording) picture.follow({ positionS, playing: sounding, rate })
    if (!playing || now() - captionedMs > CAPTION_MS) showCaption()
    if (playing) frame = requestAnimationFrame(follow)
  }
  const wake = () => {
    if (frame === 0) frame = requestAnimationFrame(follow)
  }
  for (const type of ['change', 'moved', 'heard']) deck.addEventListener(type, wake)
  for (const source of [timeline, translator, picture]) source.addEventListener('change', wake)
  theme.addEventListener('change', () => score.recolour())

  status.news(() => translator.t('foley.ready'))
  void deck.prepare()
  return { pause: () => deck.pause() }
}

/** @param {EventTarget | null} target */
function isTyping(target) {
  return target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement
}

/**
 * @param {string} key
 * @returns {key is import('../strings.js').StringKey}
 */
function isKey(key) {
  return Object.hasOwn(strings.en, key)
}
