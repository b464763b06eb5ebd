// The page's entry: makes the parts, and says what each button, key and piece of news leads to.
import { createPlayer } from '../player/player.js'
import { connect } from '../wildtrack.js'
import { CaptionLine } from './caption-line.js'
import { ConnectionNews } from './connection-news.js'
import { byId, make, showIcon } from './dom.js'
import { makeDownloadMenu } from './download-menu.js'
import { makeCaptions, makeFile, save } from './downloads.js'
import { Expression } from './expression.js'
import { Following } from './following.js'
import { fileName } from './format.js'
import { History } from './history.js'
import { Translator, chooseLanguage, fillIn } from './i18n.js'
import { KeyStore } from './key-store.js'
import { Link, asProblem } from './link.js'
import { joinMediaSession } from './media-session.js'
import { tellNews } from './news.js'
import { Banner, StatusLine } from './notices.js'
import { Previews } from './previews.js'
import { ReadingView } from './reading-view.js'
import { RecentList } from './recent.js'
import { SettingsKeeper, localStore } from './settings.js'
import { Sheet } from './sheet.js'
import { Speaker } from './speaker.js'
import { SpeedControl } from './speed-control.js'
import { findFault, ssmlFault } from './ssml.js'
import { TextBox } from './text-box.js'
import { Theme } from './theme.js'
import { Transport, Volume } from './transport.js'
import { Views } from './views.js'
import { VoiceMenu } from './voice-menu.js'

/** @typedef {import('./speaker.js').Take} Take */

const settings = new SettingsKeeper(localStore())
const chosenLanguage = settings.get('language')
const translator = new Translator(chosenLanguage === 'auto' ? chooseLanguage(navigator.languages) : chosenLanguage)
const theme = new Theme(settings.get('theme'))
const keys = new KeyStore()
const link = new Link({
  connect,
  readKey: keys.read,
  wait: (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000)),
})

/** @param {string} audioId */
const makeSpeaker = (audioId) =>
  new Speaker({
    link,
    makePlayer: (mode) => createPlayer({ audio: byId(audioId, HTMLAudioElement), mode }),
    now: () => performance.now(),
  })
const speaker = makeSpeaker('sound')
const previewer = makeSpeaker('preview-sound')

const textBox = new TextBox(translator)
const voiceMenu = new VoiceMenu({
  select: byId('voice', HTMLSelectElement),
  preview: byId('preview', HTMLButtonElement),
  translator,
  chosen: settings.get('voice'),
})
const nameOf = (/** @type {string} */ id) => voiceMenu.nameOf(id)
const previews = new Previews({ previewer, speaker, menu: voiceMenu, translator })
const speed = new SpeedControl({
  speed: settings.get('speed'),
  translator,
  settle: (value) => settings.set('speed', value),
})
const expression = new Expression({
  choices: {
    emotion: settings.get('emotion'),
    intensity: settings.get('intensity'),
    pitch: settings.get('pitch'),
    ssml: settings.get('ssml'),
  },
  translator,
  settle: (name, value) => settings.set(name, value),
})
const transport = new Transport(speaker, translator)
const following = new Following({ speaker, toggle: () => transport.toggle(), now: () => performance.now() })
const sheet = new Sheet(following, translator)
const readingView = new ReadingView(translator)
new CaptionLine({
  speaker,
  translator,
  isOn: settings.get('captions'),
  settle: (isOn) => settings.set('captions', isOn),
})
new Volume({
  volume: settings.get('volume'),
  translator,
  apply(audible) {
    speaker.volume = audible
    previewer.volume = audible
  },
  settle: (volume) => settings.set('volume', volume),
})
const status = new StatusLine(byId('status', HTMLElement), translator)
const banner = new Banner(byId('banner', HTMLElement), translator)
const connectionNews = new ConnectionNews({ link, keys, banner, translator })
const history = new History()
tellNews({ speaker, status, menu: voiceMenu, translator })
joinMediaSession(speaker, () => (speaker.take ? nameOf(speaker.take.voiceId) : ''))
voiceMenu.addEventListener('choose', () => settings.set('voice', voiceMenu.value))

// Speaking

/** What the page is told of the sound, for its light on words and for files. @type {('words' | 'phonemes' | 'visemes')[]} */
const TIMINGS = ['words', 'phonemes', 'visemes']

const speakButton = byId('speak', HTMLButtonElement)
const seed = byId('seed', HTMLInputElement)

function speak() {
  const text = textBox.value
  if (!text.trim()) {
    askForText()
  } else if (link.state === 'locked') {
    void connectionNews.unlock()
  } else {
    banner.hide('error', 'ask')
    const seedNumber = seed.validity.valid ? seed.valueAsNumber || 0 : 0
    const said = { speed: speed.value, seed: seedNumber, ...expression.wishes }
    void speaker.speak({ text, voice: voiceMenu.value, ...said, timings: TIMINGS })
  }
}

function askForText() {
  status.news(() => translator.t('status.empty'))
  sheet.edit()
}

byId('desk', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault()
  if (speaker.phase === 'idle') speak()
  else speaker.stop()
})
textBox.addEventListener('sample', () => {
  expression.ssml = false
  speak()
})

async function showReading() {
  const [text, { ssml }, voice] = [textBox.value, expression, voiceMenu.value]
  if (!text.trim()) {
    askForText()
    return
  }
  banner.hide('error', 'ask')
  sheet.read()
  try {
    const client = await link.ready()
    await readingView.show({ text, ssml, read: (part) => client.reading({ text: part, ssml, voice }) })
  } catch (error) {
    sheet.edit()
    showProblem(error, () => void showReading())
  }
}
sheet.addEventListener('reading', () => void showReading())

document.addEventListener('keydown', (event) => {
  if (views.current !== 'speech' || document.querySelector('dialog[open]')) return
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
    event.preventDefault()
    speak()
  } else if (event.key === 'Escape' && !(event.target instanceof Element && event.target.closest('select'))) {
    previewer.stop()
    if (speaker.phase !== 'idle' || speaker.playing) speaker.stop()
  }
})

/**
 * @param {unknown} thrown
 * @param {() => void} retry
 */
function showProblem(thrown, retry) {
  const problem = asProblem(thrown)
  if (problem.code === 'unauthorized') {
    void connectionNews.unlock()
    return
  }
  const fault = problem.code === 'invalid_ssml' && ssmlFault(problem.message)
  const show = fault && { say: () => translator.t('ssml.show'), act: () => showFault(fault) }
  const again = problem.retryable && { say: () => translator.t('banner.retry'), act: retry }
  banner.show({ kind: 'error', say: () => translator.error(problem), action: show || again || undefined })
}

/** @param {import('./ssml.js').SsmlFault} fault */
function showFault(fault) {
  sheet.edit()
  const { start, end } = findFault(textBox.value, fault)
  textBox.select(start, end)
}

for (const [source, retry] of /** @type {const} */ ([
  [speaker, speak],
  [previewer, () => previews.play()],
])) {
  source.addEventListener('problem', (event) => {
    status.news(() => '')
    showProblem(/** @type {import('./speaker.js').SpeakerEvents['problem']} */ (event).detail.problem, retry)
  })
  source.addEventListener('blocked', () => {
    banner.show({
      kind: 'ask',
      say: () => translator.t('blocked'),
      action: { say: () => translator.t('play'), act: () => void source.play() },
    })
  })
}

speaker.addEventListener('heard', () => banner.hide('ask'))

link.addEventListener('state', () => {
  if (link.state !== 'connected') return
  if (speaker.phase === 'idle' && !speaker.take) status.news(() => translator.t('status.ready'))
  void loadVoices()
})

async function loadVoices() {
  try {
    const client = await link.ready()
    const [voices, emotions] = await Promise.all([client.voices(), client.emotions()])
    voiceMenu.fill(voices)
    expression.fill(emotions)
  } catch (error) {
    const { code } = asProblem(error)
    voiceMenu.fill([])
    showProblem(code === 'unauthorized' ? error : { code: 'voices_failed' }, () => void loadVoices())
  }
  recent.render()
}

// Downloads and the last takes

/**
 * @param {Take} take
 * @param {import('./downloads.js').FileFormat | import('./downloads.js').CaptionFormat} format
 */
async function download(take, format) {
  if (format === 'mp3') status.news(() => translator.t('status.converting'))
  try {
    const isCaptions = format === 'vtt' || format === 'srt' || format === 'json'
    const file = isCaptions
      ? makeCaptions(take, format)
      : await makeFile(take.recording, format, { post: fetch.bind(window), readKey: keys.read })
    save(file, fileName(nameOf(take.voiceId), take.at, format))
    status.news(() => translator.t('status.saved', { format: format === 'vtt' ? 'WebVTT' : format.toUpperCase() }))
  } catch (error) {
    status.news(() => '')
    showProblem(error, () => void download(take, format))
  }
}

const hasWords = (/** @type {Take | null} */ take) => (take?.timed.words.length ?? 0) > 0
const downloadWord = make('span')
const downloadButton = make('button', 'plain', downloadWord)
downloadButton.type = 'button'
downloadButton.id = 'download'
const fillDownloadMenu = makeDownloadMenu({
  place: byId('download-place', HTMLElement),
  button: downloadButton,
  translator,
  hasWords: () => hasWords(speaker.take),
  choose(format) {
    if (speaker.take) void download(speaker.take, format)
  },
})

function renderButtons() {
  speakButton.dataset.showing = speaker.phase === 'idle' ? 'speak' : 'stop'
  downloadButton.disabled = speaker.durationS === 0 || speaker.take?.making === true
}
for (const type of ['change', 'take', 'grown']) speaker.addEventListener(type, renderButtons)
for (const type of ['take', 'timed']) speaker.addEventListener(type, fillDownloadMenu)
renderButtons()

const recent = new RecentList({
  list: byId('recent', HTMLOListElement),
  empty: byId('recent-empty', HTMLElement),
  history,
  speaker,
  translator,
  nameOf,
  nameOfEmotion: (id) => expression.nameOf(id),
  toggle(take) {
    if (take === speaker.take) transport.toggle()
    else void speaker.replay(take)
  },
  useText(take) {
    textBox.give(take.request.text)
    expression.ssml = take.request.ssml === true
    sheet.edit()
  },
  addDownload(place, button, take) {
    const choose = (/** @type {Parameters<typeof download>[1]} */ format) => void download(take, format)
    makeDownloadMenu({ place, button, translator, hasWords: () => hasWords(take), choose })
  },
})
speaker.addEventListener('kept', (event) => {
  history.add(/** @type {import('./speaker.js').SpeakerEvents['kept']} */ (event).detail.take)
})

// Views: that of Foley is loaded when it is first looked at

const foleyPlace = byId('foley-view', HTMLElement)
const views = new Views({
  places: { speech: byId('speech-view', HTMLElement), foley: foleyPlace },
  links: { speech: byId('link-speech', HTMLAnchorElement), foley: byId('link-foley', HTMLAnchorElement) },
  banner: byId('banner', HTMLElement),
})
/** @type {Promise<{pause: () => void}> | null} */
let foley = null

async function openFoley() {
  const { openFoley: open } = await import('./foley/main.js')
  const unlock = () => void connectionNews.unlock()
  return open({ view: foleyPlace, link, translator, theme, banner, settings, unlock })
}

views.addEventListener('change', () => {
  if (views.current === 'foley') {
    speaker.pause()
    previewer.stop()
    foley ??= openFoley()
  } else if (foley) {
    void foley.then(({ pause }) => pause())
  }
  renderWords()
})

// Language, theme, playback

const languageButton = byId('language', HTMLButtonElement)
const themeButton = byId('theme', HTMLButtonElement)
const lowLatency = byId('low-latency', HTMLInputElement)

function renderWords() {
  const { language } = translator
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en'
  const isFoley = views.current === 'foley'
  document.title = translator.t(isFoley ? 'foley.title' : 'title')
  byId('tagline', HTMLElement).textContent = translator.t(isFoley ? 'foley.tagline' : 'tagline')
  byId('privacy', HTMLElement).textContent = translator.t(isFoley ? 'foley.privacy' : 'privacy')
  fillIn(document, translator)
  languageButton.textContent = translator.t('language.other')
  languageButton.lang = language === 'zh' ? 'en' : 'zh-CN'
  downloadWord.textContent = translator.t('download')
  fillDownloadMenu()
  renderTheme()
}

function renderTheme() {
  showIcon(themeButton, theme.choice, translator.t(`theme.${theme.choice}`))
}

languageButton.addEventListener('click', () => {
  translator.set(translator.language === 'zh' ? 'en' : 'zh')
  settings.set('language', translator.language)
})
themeButton.addEventListener('click', () => {
  settings.set('theme', theme.next())
  renderTheme()
})
theme.addEventListener('change', () => {
  transport.recolour()
  recent.render()
})
translator.addEventListener('change', renderWords)
lowLatency.addEventListener('change', () => void speaker.prepare(lowLatency.checked ? 'worklet' : 'auto'))
if (/Mac|iPhone|iPad/.test(navigator.userAgent)) byId('speak-key', HTMLElement).textContent = '⌘'

status.news(() => translator.t('status.connecting'))
views.begin()
delete document.documentElement.dataset.waiting
void link.open()
void speaker.prepare('auto')
void previewer.prepare('auto')
