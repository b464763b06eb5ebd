// The page's entry: makes the parts, and says what each button, key and piece of news leads to.
import { createPlayer } from '../player/player.js'
import { connect } from '../wildtrack.js'
import { ConnectionNews } from './connection-news.js'
import { byId, make, showIcon } from './dom.js'
import { makeDownloadMenu } from './download-menu.js'
import { makeFile, save } from './downloads.js'
import { fileName } from './format.js'
import { History } from './history.js'
import { Translator, chooseLanguage, fillIn } from './i18n.js'
import { KeyStore } from './key-store.js'
import { Link, asProblem } from './link.js'
import { joinMediaSession } from './media-session.js'
import { tellNews } from './news.js'
import { Banner, StatusLine } from './notices.js'
import { Previews } from './previews.js'
import { RecentList } from './recent.js'
import { SettingsKeeper, localStore } from './settings.js'
import { Speaker } from './speaker.js'
import { SpeedControl } from './speed-control.js'
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
const transport = new Transport(speaker, translator)
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

const speakButton = byId('speak', HTMLButtonElement)
const seed = byId('seed', HTMLInputElement)

function speak() {
  const text = textBox.value
  if (!text.trim()) {
    status.news(() => translator.t('status.empty'))
    textBox.focus()
  } else if (link.state === 'locked') {
    void connectionNews.unlock()
  } else {
    banner.hide('error', 'ask')
    const seedNumber = seed.validity.valid ? seed.valueAsNumber || 0 : 0
    void speaker.speak({ text, voice: voiceMenu.value, speed: speed.value, seed: seedNumber })
  }
}

byId('desk', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault()
  if (speaker.phase === 'idle') speak()
  else speaker.stop()
})
textBox.addEventListener('sample', speak)

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
  banner.show({
    kind: 'error',
    say: () => translator.error(problem),
    action: problem.retryable ? { say: () => translator.t('banner.retry'), act: retry } : undefined,
  })
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
    voiceMenu.fill(await client.voices())
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
 * @param {import('./downloads.js').FileFormat} format
 */
async function download(take, format) {
  if (format === 'mp3') status.news(() => translator.t('status.converting'))
  try {
    const file = await makeFile(take.recording, format, { post: fetch.bind(window), readKey: keys.read })
    save(file, fileName(nameOf(take.voiceId), take.at, format))
    status.news(() => translator.t('status.saved', { format: format.toUpperCase() }))
  } catch (error) {
    status.news(() => '')
    showProblem(error, () => void download(take, format))
  }
}

const downloadWord = make('span')
const downloadButton = make('button', 'plain', downloadWord)
downloadButton.type = 'button'
downloadButton.id = 'download'
const fillDownloadMenu = makeDownloadMenu({
  place: byId('download-place', HTMLElement),
  button: downloadButton,
  translator,
  choose(format) {
    if (speaker.take) void download(speaker.take, format)
  },
})

function renderButtons() {
  speakButton.dataset.showing = speaker.phase === 'idle' ? 'speak' : 'stop'
  downloadButton.disabled = speaker.durationS === 0 || speaker.take?.making === true
}
for (const type of ['change', 'take', 'grown']) speaker.addEventListener(type, renderButtons)
renderButtons()

const recent = new RecentList({
  list: byId('recent', HTMLOListElement),
  empty: byId('recent-empty', HTMLElement),
  history,
  speaker,
  translator,
  nameOf,
  toggle(take) {
    if (take === speaker.take) transport.toggle()
    else void speaker.replay(take)
  },
  useText(take) {
    textBox.give(take.request.text)
    textBox.focus()
  },
  addDownload(place, button, take) {
    makeDownloadMenu({ place, button, translator, choose: (format) => void download(take, format) })
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
