// The page's words: both languages whole and alike, every word asked for is there, and the server's errors have Chinese.

import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { test } from 'node:test'

import { Translator, chooseLanguage, fillIn, translate } from '../../../web/page/i18n.js'
import { serverErrorsInChinese, strings } from '../../../web/page/strings.js'

const root = new URL('../../../', import.meta.url)
const read = (path) => readFileSync(new URL(path, root), 'utf8')
const braces = (text) => [...text.matchAll(/\{\w+\}/g)].map(String).sort()

test('both languages have the same strings, none of them empty', () => {
  assert.deepEqual(Object.keys(strings.zh).sort(), Object.keys(strings.en).sort())
  for (const words of Object.values(strings)) {
    for (const [key, text] of Object.entries(words)) assert.ok(text.trim(), key)
  }
})

test('a string has the same braces in both languages', () => {
  for (const key of Object.keys(strings.en)) assert.deepEqual(braces(strings.zh[key]), braces(strings.en[key]), key)
})

test('the names that assistive technology and tests rely on are as agreed', () => {
  const keys = ['text.label', 'voice.label', 'speed.label', 'speak', 'stop', 'download']
  assert.deepEqual(keys.map((key) => strings.en[key]), ['Text', 'Voice', 'Speed', 'Speak', 'Stop', 'Download'])
  assert.deepEqual(keys.map((key) => strings.zh[key]), ['文本', '声音', '语速', '朗读', '停止', '下载'])
})

test('every string the page asks for exists, in English as it stands in the file', () => {
  const html = read('web/index.html')
  const asked = [...html.matchAll(/data-i18n(?:-label|-placeholder)?="([^"]+)"/g)].map((match) => match[1])
  assert.ok(asked.length > 20)
  for (const key of asked) assert.ok(Object.hasOwn(strings.en, key), key)
  for (const [, key, text] of html.matchAll(/data-i18n="([^"]+)">([^<]+)</g)) assert.equal(text, strings.en[key], key)
})

test('no string is left that nothing asks for', () => {
  const modules = readdirSync(new URL('web/page/', root), { recursive: true }).filter((name) => /(?<!strings)\.js$/.test(name))
  const sources = modules.map((name) => read(`web/page/${name}`)).join('\n') + read('web/index.html')
  const composed = /^(theme|download|error|foley\.(news|step|stem|mute|solo|warning|file|profile|error))\./
  for (const key of Object.keys(strings.en)) {
    assert.ok(composed.test(key) || sources.includes(`'${key}'`) || sources.includes(`"${key}"`), key)
  }
})

test('every error of the server has a Chinese sentence, and no other code has one', () => {
  const codes = [...read('server/errors.py').matchAll(/code(?:: ClassVar\[str\])? = "(\w+)"/g)].map((match) => match[1])
  assert.ok(codes.length > 10)
  assert.deepEqual(Object.keys(serverErrorsInChinese).sort(), [...new Set(codes)].sort())
})

test('an error is shown in our own words where we have them, else in the server’s', () => {
  const english = new Translator('en')
  const chinese = new Translator('zh')
  const full = { code: 'overloaded', message: 'Come back in 3 seconds.' }
  assert.equal(english.error(full), full.message)
  assert.equal(chinese.error(full), serverErrorsInChinese.overloaded)
  assert.equal(english.error({ code: 'playback_failed', message: 'x' }), strings.en['error.playback_failed'])
  for (const code of ['a_code_of_tomorrow', 'constructor']) {
    assert.equal(chinese.error({ code, message: 'A sentence.' }), 'A sentence.')
  }
})

test('the reader’s first language that we speak is chosen, English where there is none', () => {
  assert.equal(chooseLanguage(['de-DE', 'zh-TW', 'en']), 'zh')
  assert.equal(chooseLanguage(['fr', 'en-GB', 'zh']), 'en')
  assert.equal(chooseLanguage(['zh']), 'zh')
  assert.equal(chooseLanguage(['zho-x', 'enm']), 'en')
  assert.equal(chooseLanguage([]), 'en')
})

test('braces are filled, and one without a value stays to be seen', () => {
  assert.equal(translate('en', 'latency', { ms: 142 }), 'First audio in 142 ms')
  assert.equal(translate('en', 'latency', {}), 'First audio in {ms} ms')
  assert.equal(translate('en', 'download.of', { text: '$& {text}' }), 'Download: $& {text}')
})

test('a translator tells of a change of language once, and not of none', () => {
  const translator = new Translator('en')
  let changes = 0
  translator.addEventListener('change', () => (changes += 1))
  translator.set('en')
  translator.set('zh')
  assert.equal(changes, 1)
  assert.equal(translator.t('speak'), '朗读')
})

test('an element that asks for a string we do not have is a mistake that shows at once', () => {
  const element = { getAttribute: () => 'no.such.string' }
  const page = { querySelectorAll: () => [element] }
  assert.throws(() => fillIn(page, new Translator('en')), /no\.such\.string/)
})
