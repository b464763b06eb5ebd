// Tells the system's media controls what plays and lets them steer it. The title is the page's name: never the text.
// https://w3c.github.io/mediasession/

/**
 * What can be steered: a Speaker, or a Session of Foley.
 * @typedef {object} Steered
 * @property {boolean} playing
 * @property {number} positionS
 * @property {number} durationS
 * @property {() => Promise<void>} play
 * @property {() => void} pause
 * @property {() => void} stop
 * @property {(positionS: number) => void} seek
 *
 * @typedef {EventTarget & Steered} Player
 */

/** Seconds of a skip where the system names none. */
const SKIP_S = 5

/**
 * Whoever played last has the controls.
 * @param {Player} player dispatches `change`, `moved` and `grown`
 * @param {() => string} nameOf what stands under the title
 */
export function joinMediaSession(player, nameOf) {
  if (!('mediaSession' in navigator)) return
  const session = navigator.mediaSession
  const take = () => {
    /** @type {[MediaSessionAction, (details: MediaSessionActionDetails) => void][]} */
    const handlers = [
      ['play', () => void player.play()],
      ['pause', () => player.pause()],
      ['stop', () => player.stop()],
      ['seekto', ({ seekTime }) => seekTime !== undefined && player.seek(seekTime)],
      ['seekbackward', ({ seekOffset }) => player.seek(player.positionS - (seekOffset ?? SKIP_S))],
      ['seekforward', ({ seekOffset }) => player.seek(player.positionS + (seekOffset ?? SKIP_S))],
    ]
    for (const [action, handler] of handlers) {
      try {
        session.setActionHandler(action, handler)
      } catch {
        // This browser does not know the action; it has no button for it either.
      }
    }
    session.metadata = new MediaMetadata({
      title: 'Wildtrack',
      artist: nameOf(),
      artwork: [{ src: '/icons/wildtrack-512.png', sizes: '512x512', type: 'image/png' }],
    })
  }
  let wasPlaying = false
  const tell = () => {
    const { playing, positionS, durationS } = player
    if (playing && !wasPlaying) take()
    if (playing || wasPlaying) {
      session.playbackState = playing ? 'playing' : 'paused'
      if (durationS > 0) session.setPositionState?.({ duration: durationS, position: Math.min(positionS, durationS) })
    }
    wasPlaying = playing
  }
  for (const type of ['change', 'moved', 'grown']) player.addEventListener(type, tell)
}
