// The download menu: sound, the video with it, the timeline, captions. What the page has it gives itself; the server makes the rest.
import { icon, make } from '../dom.js'
import { save } from '../downloads.js'
import { fileName } from '../format.js'
import { Menu } from '../menu.js'

/** @typedef {'wav' | 'mp3' | 'aac' | 'video' | 'events' | 'captions'} FoleyFile */

/** What stands first in the menu for each. */
const NAMES = /** @type {const} */ ({ wav: 'WAV', mp3: 'MP3', aac: 'AAC', video: 'MP4', events: 'JSON', captions: 'WebVTT' })
const ENDINGS = { wav: 'wav', mp3: 'mp3', aac: 'aac', video: 'mp4', events: 'json', captions: 'vtt' }
/** These are here also when the server has nothing any more. */
const OWN = /** @type {readonly FoleyFile[]} */ (['wav', 'events'])
const ALL = /** @type {readonly FoleyFile[]} */ (['wav', 'mp3', 'aac', 'video', 'events', 'captions'])
/** The server gives a video back as what it was; these are not MP4. @type {Record<string, string>} */
const VIDEO_ENDINGS = { 'video/webm': 'webm', 'video/x-matroska': 'mkv', 'video/quicktime': 'mov' }

/**
 * @param {object} parts
 * @param {HTMLElement} parts.place
 * @param {import('./deck.js').Deck} parts.deck
 * @param {import('./session.js').Session} parts.session
 * @param {import('./timeline-model.js').TimelineModel} parts.timeline
 * @param {import('../i18n.js').Translator} parts.translator
 * @param {(news: 'saving' | 'saved' | 'failed') => void} parts.tell
 * @param {(thrown: unknown, retry: () => void) => void} parts.fail
 */
export function makeDownloads({ place, deck, session, timeline, translator, tell, fail }) {
  const word = make('span')
  const button = make('button', 'plain', icon('down'), word)
  button.type = 'button'
  button.id = 'foley-download'
  const menu = new Menu(place, button, (value) => void download(/** @type {FoleyFile} */ (value)))

  /** @param {FoleyFile} kind */
  async function download(kind) {
    tell('saving')
    try {
      const file = await fileOf(kind)
      const ending = (kind === 'video' && VIDEO_ENDINGS[file.type.split(';')[0]]) || ENDINGS[kind]
      save(file, fileName('foley', new Date(), ending))
      tell('saved')
    } catch (error) {
      tell('failed')
      fail(error, () => void download(kind))
    }
  }

  /**
   * @param {FoleyFile} kind
   * @returns {Promise<Blob>}
   */
  async function fileOf(kind) {
    if (kind === 'wav') return /** @type {import('../../player/recording.js').Recording} */ (deck.recording).wavBlob()
    if (kind !== 'events') return session.file(kind, { language: translator.language })
    const { durationS, edit } = timeline
    return new Blob([JSON.stringify({ duration_s: durationS, ...edit }, null, 2)], { type: 'application/json' })
  }

  const fill = () => {
    word.textContent = translator.t('download')
    button.setAttribute('aria-label', translator.t('download')) // the word is not shown on a phone
    button.disabled = deck.durationS === 0 || session.phase === 'uploading' || session.phase === 'working'
    const kinds = ALL.filter((kind) => session.whole || OWN.includes(kind))
    menu.fill(
      translator.t('download'),
      kinds.map((kind) => ({ value: kind, name: NAMES[kind], note: translator.t(`foley.file.${kind}`) })),
    )
  }
  let filled = ''
  const refill = () => {
    const state = `${translator.language} ${session.phase} ${deck.durationS > 0} ${session.whole?.task_id}`
    if (state !== filled) fill()
    filled = state
  }
  for (const type of ['change', 'grown', 'news']) session.addEventListener(type, refill)
  translator.addEventListener('change', refill)
  refill()
}
