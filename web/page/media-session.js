// Tells the system's media controls what plays and lets them steer it. The title is the page's name: never the text.
// https://w3c.github.io/mediasession/

/** @typedef {import('./speaker.js').Speaker} Speaker */

/** Seconds of a skip where the system names none. */
const SKIP_S = 5

/**
 * @param {Speaker} speaker
 * @param {(voiceId: string) => string} nameOf
 */
export function joinMediaSession(speaker, nameOf) {
  if (!('mediaSession' in navigator)) return
  const session = navigator.mediaSession
  /** @type {[MediaSessionAction, (details: MediaSessionActionDetails) => void][]} */
  const handlers = [
    ['play', () => void speaker.play()],
    ['pause', () => speaker.pause()],
    ['stop', () => speaker.stop()],
    ['seekto', ({ seekTime }) => seekTime !== undefined && speaker.seek(seekTime)],
    ['seekbackward', ({ seekOffset }) => speaker.seek(speaker.positionS - (seekOffset ?? SKIP_S))],
    ['seekforward', ({ seekOffset }) => speaker.seek(speaker.positionS + (seekOffset ?? SKIP_S))],
  ]
  for (const [action, handler] of handlers) {
    try {
      session.setActionHandler(action, handler)
    } catch {
      // This browser does not know the action; it has no button for it either.
    }
  }
  speaker.addEventListener('take', () => {
    if (!speaker.take) return
    session.metadata = new MediaMetadata({
      title: 'Wildtrack',
      artist: nameOf(speaker.take.voiceId),
      artwork: [{ src: '/icons/wildtrack-512.png', sizes: '512x512', type: 'image/png' }],
    })
  })
  const tellPosition = () => {
    session.playbackState = speaker.playing ? 'playing' : speaker.take ? 'paused' : 'none'
    const { positionS, durationS } = speaker
    if (durationS > 0) session.setPositionState?.({ duration: durationS, position: Math.min(positionS, durationS) })
  }
  for (const type of ['change', 'moved', 'grown']) speaker.addEventListener(type, tellPosition)
}
