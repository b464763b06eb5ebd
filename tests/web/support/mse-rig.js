// A Player on the fake browser, and a feeder that cuts PCM as the server does.

import { MseOutput } from '../../../web/player/mse-output.js'
import { Player } from '../../../web/player/player.js'
import { FakeAudio, FakeMediaSource, settled } from './fake-media.js'

const TYPES = ['audio/mp4; codecs="fLaC"', 'audio/mp4; codecs="flac"']

/**
 * @param {object} [settings] quotaBytes, rejectedTypes of the fake; Source, fallback, leadS of the player
 */
export function mseRig({ Source = FakeMediaSource, fallback = null, leadS = 30, ...settings } = {}) {
  FakeMediaSource.reset(settings)
  const audio = new FakeAudio()
  const player = new Player({
    output: new MseOutput({ audio, Source, types: TYPES, leadS }),
    fallback,
    now: () => 0,
  })
  const events = []
  for (const type of ['playing', 'waiting', 'paused', 'ended', 'blocked', 'error']) {
    player.addEventListener(type, () => events.push(type))
  }
  return {
    audio,
    player,
    events,
    get source() {
      return FakeMediaSource.made.at(-1)
    },
    get buffer() {
      return FakeMediaSource.made.at(-1).buffers[0]
    },
    /** What was asked of the SourceBuffer after the init segment. */
    get steps() {
      return FakeMediaSource.made.at(-1).buffers[0].log.filter(({ kind }) => kind !== 'init')
    },
  }
}

/**
 * Pushes PCM in pieces of 100 ms, letting each settle unless told not to.
 * @returns {Promise<void>[]} the promises of push()
 */
export async function feed(player, pcm, { sampleRateHz = 24000, channels = 1, settle = true } = {}) {
  const pushes = []
  const step = (sampleRateHz / 10) * channels
  for (let at = 0; at < pcm.length; at += step) {
    pushes.push(player.push(pcm.subarray(at, at + step)))
    if (settle) await settled(4)
  }
  return pushes
}

/** Lets time pass in steps, with all that follows from each, until the end or so many seconds. */
export async function playOn(audio, seconds = Infinity, stepS = 0.25) {
  for (let heard = 0, still = 0; heard < seconds && !audio.ended && still < 50; ) {
    const advanced = audio.advance(Math.min(stepS, seconds - heard))
    heard += advanced
    still = advanced > 0 ? 0 : still + 1
    await settled(6)
  }
}
