// The speaker's states, driven by a client and a player that do only what the test says.

import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'

import { Speaker } from '../../../web/page/speaker.js'

class FakeRecording {
  sampleRateHz = 24000
  totalSamples = 0
}

class FakePlayer extends EventTarget {
  recording = new FakeRecording()
  positionS = 0
  volume = 1
  calls = []

  unlock() {
    this.calls.push('unlock')
  }
  begin() {
    this.recording = new FakeRecording()
    this.positionS = 0
  }
  stop() {
    this.calls.push('stop')
  }
  load(recording) {
    this.calls.push('load')
    this.recording = recording
    this.positionS = 0
  }
  async play() {
    this.calls.push('play')
    this.dispatchEvent(new CustomEvent('playing', { detail: { latency_ms: 0 } }))
  }
  pause() {
    this.dispatchEvent(new Event('paused'))
  }
  seek(positionS) {
    this.positionS = positionS
  }
  say(type) {
    this.dispatchEvent(new Event(type))
  }
}

class FakeUtterance extends EventTarget {
  finished = new Promise(() => {})
  isStopped = false

  stop() {
    this.isStopped = true
  }
  say(type, detail = {}) {
    this.dispatchEvent(new CustomEvent(type, { detail }))
  }
}

const request = { text: 'Hello.', voice: 'default', speed: 1, seed: 0 }

let player, utterances, link, speaker, heard, nowMs

beforeEach(async () => {
  player = new FakePlayer()
  utterances = []
  nowMs = 1000
  const client = {
    speak(asked) {
      const utterance = new FakeUtterance()
      utterance.asked = asked
      utterances.push(utterance)
      return utterance
    },
  }
  link = { client, ready: () => Promise.resolve(client) }
  speaker = new Speaker({ link, makePlayer: async () => player, now: () => nowMs })
  heard = []
  for (const type of ['news', 'heard', 'notice', 'problem', 'kept', 'blocked']) {
    speaker.addEventListener(type, ({ detail }) => heard.push([type, detail]))
  }
  await speaker.prepare('auto')
})

const news = () => heard.filter(([type]) => type === 'news').map(([, detail]) => detail.news)
const kept = () => heard.filter(([type]) => type === 'kept').map(([, detail]) => detail.take)

/** Starts a text and lets this many seconds of it come. */
function start(seconds, detail = {}) {
  void speaker.speak(request)
  const utterance = utterances.at(-1)
  player.begin()
  utterance.say('started', { voice: 'heart', requested_voice: 'default', notice: null, ...detail })
  player.recording.totalSamples = seconds * 24000
  utterance.say('chunk')
  return utterance
}

test('with player and connection at hand, a text starts within the tap itself', () => {
  void speaker.speak(request)
  assert.equal(utterances.length, 1)
  assert.deepEqual(utterances[0].asked, { ...request, player })
  assert.equal(speaker.phase, 'starting')
})

test('a text goes from starting to speaking to finished, and is kept once', () => {
  const utterance = start(2)
  assert.equal(speaker.take.voiceId, 'heart')
  assert.equal(speaker.take.making, true)
  nowMs = 1142
  player.say('playing')
  assert.equal(speaker.phase, 'speaking')
  assert.equal(speaker.playing, true)
  utterance.say('done', { total_samples: 48000 })
  assert.equal(speaker.take.making, false)
  assert.deepEqual(kept(), [])
  player.say('ended')
  assert.equal(speaker.phase, 'idle')
  assert.deepEqual(news(), ['starting', 'speaking', 'finished'])
  assert.equal(speaker.take.latencyMs, 142)
  assert.equal(kept().length, 1)
  assert.equal(kept()[0].isWhole, true)
})

test('only the first sound of a text counts as its latency', () => {
  start(2)
  player.say('playing')
  nowMs = 9000
  player.say('waiting')
  player.say('playing')
  assert.equal(speaker.take.latencyMs, 0)
  assert.equal(heard.filter(([type]) => type === 'heard').length, 1)
})

test('stop silences at once, ends the making, and keeps what there was', () => {
  const utterance = start(2)
  player.say('playing')
  speaker.stop()
  assert.equal(utterance.isStopped, true)
  assert.ok(player.calls.includes('stop'))
  assert.equal(speaker.phase, 'idle')
  assert.deepEqual(news(), ['starting', 'speaking', 'stopped'])
  assert.equal(kept()[0].isWhole, false)
  assert.equal(kept()[0].making, false)
  speaker.stop()
  assert.equal(kept().length, 1)
})

test('a stop before any sound keeps nothing', () => {
  void speaker.speak(request)
  speaker.stop()
  assert.equal(utterances[0].isStopped, true)
  assert.deepEqual(kept(), [])
})

test('late news of a stopped text changes nothing', () => {
  const old = start(2)
  speaker.stop()
  heard.length = 0
  old.say('started', { voice: 'other', requested_voice: 'other', notice: 'late' })
  old.say('done')
  old.say('error', { code: 'overloaded', message: 'late', retryable: true })
  assert.deepEqual(heard, [])
  assert.equal(speaker.take.voiceId, 'heart')
})

test('a second text takes the place of the first, which is kept', () => {
  const first = start(2)
  player.say('playing')
  const second = start(1)
  assert.equal(first.isStopped, true)
  assert.equal(second.isStopped, false)
  assert.equal(kept().length, 1)
  assert.notEqual(speaker.take, kept()[0])
  assert.equal(speaker.phase, 'starting')
})

test('paused while it is made, a text is still being spoken; paused when whole, it is the transport’s', () => {
  const utterance = start(2)
  player.say('playing')
  speaker.pause()
  assert.deepEqual([speaker.phase, speaker.playing], ['speaking', false])
  player.say('playing')
  utterance.say('done')
  speaker.pause()
  assert.deepEqual([speaker.phase, speaker.playing], ['idle', false])
})

test('after a stop, play begins again from the recording', async () => {
  start(2)
  player.say('playing')
  speaker.stop()
  await speaker.play()
  assert.deepEqual(player.calls.slice(-2), ['load', 'play'])
  assert.equal(speaker.playing, true)
  assert.equal(speaker.phase, 'idle')
})

test('after the end, play begins again from the start', async () => {
  start(2)
  player.positionS = 2
  player.say('ended')
  await speaker.play()
  assert.equal(player.positionS, 0)
})

test('an earlier take can be heard again, and is not kept twice', async () => {
  start(2)
  utterances.at(-1).say('done')
  player.say('ended')
  const [first] = kept()
  start(1)
  player.say('ended')
  await speaker.replay(first)
  assert.equal(speaker.take, first)
  assert.equal(player.recording, first.recording)
  player.say('ended')
  assert.equal(kept().length, 2)
  assert.deepEqual(news().slice(-2), ['playing', 'finished'])
})

test('a replay that is stopped is told of like a text', async () => {
  start(2)
  player.say('ended')
  await speaker.play()
  speaker.stop()
  assert.deepEqual(news().slice(-2), ['playing', 'stopped'])
})

test('seeking stays within what has been made', () => {
  start(2)
  player.say('playing')
  speaker.seek(99)
  assert.equal(player.positionS, 2)
  speaker.seek(-1)
  assert.equal(player.positionS, 0)
})

test('a refusal ends the attempt and is told once, with nothing said of stopping', () => {
  void speaker.speak(request)
  utterances[0].say('error', { code: 'overloaded', message: 'Later.', retryable: true })
  assert.equal(speaker.phase, 'idle')
  assert.deepEqual(news(), ['starting'])
  const problems = heard.filter(([type]) => type === 'problem')
  assert.deepEqual(problems, [['problem', { problem: { code: 'overloaded', message: 'Later.', retryable: true } }]])
})

test('a text that breaks off plays to the end of what came, and is not called whole', () => {
  const utterance = start(2)
  player.say('playing')
  utterance.say('error', { code: 'connection_lost', message: 'Lost.', retryable: true })
  assert.equal(speaker.phase, 'speaking')
  assert.equal(speaker.take.making, false)
  assert.equal(heard.filter(([type]) => type === 'problem').length, 1)
  player.say('ended')
  assert.equal(speaker.phase, 'idle')
  assert.equal(kept()[0].isWhole, false)
  assert.equal(news().at(-1), 'broken')
})

test('a notice tells who was asked and who reads', () => {
  start(1, { voice: 'af_heart', requested_voice: 'heart', notice: 'A sentence.' })
  const [, detail] = heard.find(([type]) => type === 'notice')
  assert.deepEqual(detail, { requested: 'heart', voice: 'af_heart', sentence: 'A sentence.' })
})

test('a text asked before there is a connection waits for it; stopped meanwhile, it never starts', async () => {
  const { client } = link
  let open
  link.client = null
  link.ready = () => new Promise((resolve) => (open = () => resolve(client)))
  const first = speaker.speak(request)
  assert.ok(player.calls.includes('unlock'), 'the tap is over when the connection stands')
  await Promise.resolve()
  speaker.stop()
  open()
  await first
  assert.equal(utterances.length, 0)
  const second = speaker.speak(request)
  await Promise.resolve()
  open()
  await second
  assert.equal(utterances.length, 1)
})

test('a browser that plays no sound is told of, at once and when a text is asked', async () => {
  const deaf = new Speaker({ link, makePlayer: () => Promise.reject(new Error('none')), now: () => 0 })
  const codes = []
  deaf.addEventListener('problem', ({ detail }) => codes.push(detail.problem.code))
  await deaf.prepare('auto')
  await deaf.speak(request)
  assert.deepEqual(codes, ['playback_failed', 'playback_failed'])
  assert.equal(deaf.phase, 'idle')
})

test('a player that was replaced is not heard any more', async () => {
  const old = player
  start(2)
  player = new FakePlayer()
  await speaker.prepare('worklet')
  heard.length = 0
  old.say('playing')
  old.say('ended')
  assert.deepEqual(heard, [])
  await speaker.play()
  assert.deepEqual(player.calls, ['load', 'play'])
})

test('the volume outlives the player', async () => {
  speaker.volume = 0.4
  player = new FakePlayer()
  await speaker.prepare('auto')
  assert.equal(player.volume, 0.4)
})

test('when the words of a take are heard is kept with it, and told as it comes', () => {
  let timed = 0
  speaker.addEventListener('timed', () => (timed += 1))
  const utterance = start(1)
  const words = [{ start_character: 0, end_character: 5, start_sample: 2400, n_samples: 12000 }]
  utterance.say('timing', { start_character: 0, end_character: 6, begins_sentence: true, start_sample: 2400, words })
  assert.equal(timed, 1)
  assert.deepEqual(speaker.take.timed.words, [{ start: 0, end: 5, startS: 0.1, endS: 0.6 }])
})
