// The voices as the menu shows them.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Translator } from '../../../web/page/i18n.js'
import { groupName, groupVoices, previewText, voiceName, voiceNote } from '../../../web/page/voices.js'
import { SAMPLES, samplesFor } from '../../../web/page/samples.js'

const english = new Translator('en')
const chinese = new Translator('zh')
const emma = { id: 'bf_emma', name: 'Emma', language: 'en-GB', gender: 'female' }
const yunxi = { id: 'zm_yunxi', name: 'Yunxi', native_name: '云希', language: 'zh-CN', gender: 'male' }
const jean = { id: 'jean', name: 'Jean', language: 'fr', gender: 'other' }

test('voices are grouped by language, the reader’s own first, in the order they came', () => {
  const alloy = { id: 'af_alloy', name: 'Alloy', language: 'en-US' }
  const ids = (language) => groupVoices([emma, yunxi, alloy], language).map((group) => group.voices.map(({ id }) => id))
  assert.deepEqual(ids('en'), [['bf_emma', 'af_alloy'], ['zm_yunxi']])
  assert.deepEqual(ids('zh'), [['zm_yunxi'], ['bf_emma', 'af_alloy']])
})

test('groups are named in the reader’s language, also those we have no word for', () => {
  assert.deepEqual(['en', 'zh', 'fr'].map((language) => groupName(language, english)), ['English', 'Mandarin', 'French'])
  assert.deepEqual(['en', 'zh', 'fr'].map((language) => groupName(language, chinese)), ['英语', '普通话', '法语'])
})

test('a voice is named as the reader would write it, with what sets it apart', () => {
  assert.equal(voiceName(yunxi, english), 'Yunxi')
  assert.equal(voiceName(yunxi, chinese), '云希')
  assert.equal(voiceName(emma, chinese), 'Emma')
  assert.equal(voiceNote(emma, english), 'British, female')
  assert.equal(voiceNote(emma, chinese), '英式女声')
  assert.equal(voiceNote(yunxi, english), 'male')
  assert.equal(voiceNote(jean, english), '')
})

test('a voice introduces itself in its own language', () => {
  assert.match(previewText(yunxi), /\p{Script=Han}/u)
  assert.doesNotMatch(previewText(emma), /\p{Script=Han}/u)
})

test('samples of the reader’s language come first and none is lost', () => {
  for (const language of ['en', 'zh']) {
    assert.equal(samplesFor(language)[0].language, language)
    assert.equal(new Set(samplesFor(language)).size, SAMPLES.length)
  }
})
