// What the page keeps: ten takes in memory, ten settings in storage, and never a text.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { History } from '../../../web/page/history.js'
import { SettingsKeeper } from '../../../web/page/settings.js'

class FakeStorage {
  items = new Map()
  getItem(key) {
    return this.items.get(key) ?? null
  }
  setItem(key, value) {
    this.items.set(key, value)
  }
}

test('the newest take comes first and the oldest falls off', () => {
  const history = new History(3)
  for (let id = 1; id <= 5; id += 1) history.add({ id })
  assert.deepEqual(history.takes.map(({ id }) => id), [5, 4, 3])
})

test('a take that is kept already is neither doubled nor moved, and nothing is told', () => {
  const history = new History()
  const take = { id: 1 }
  let changes = 0
  history.addEventListener('change', () => (changes += 1))
  history.add(take)
  history.add({ id: 2 })
  history.add(take)
  assert.deepEqual(history.takes.map(({ id }) => id), [2, 1])
  assert.equal(changes, 2)
})

test('settings come back as they were left', () => {
  const store = new FakeStorage()
  const first = new SettingsKeeper(store)
  first.set('voice', 'zf_xiaoxiao')
  first.set('speed', 1.25)
  first.set('theme', 'dark')
  const second = new SettingsKeeper(store)
  assert.equal(second.get('voice'), 'zf_xiaoxiao')
  assert.equal(second.get('speed'), 1.25)
  assert.equal(second.get('theme'), 'dark')
  assert.equal(second.get('language'), 'auto')
})

test('storage holds the ten settings under one key and nothing else', () => {
  const store = new FakeStorage()
  new SettingsKeeper(store).set('volume', 0.5)
  assert.deepEqual([...store.items.keys()], ['wildtrack.settings'])
  const kept = JSON.parse(store.getItem('wildtrack.settings'))
  assert.deepEqual(Object.keys(kept).sort(), 'captions emotion intensity language pitch speed ssml theme voice volume'.split(' '))
})

test('what is kept but wrong gives way to the default, one by one', () => {
  const wrong = [
    'no json', 'null', '7', '[]', '{"speed": 9, "volume": -1, "voice": "", "theme": "pink", "language": 3}',
    '{"speed": "1", "volume": null, "voice": 7}', '{"emotion": "", "intensity": 101, "pitch": -7, "ssml": 1, "captions": "yes"}',
  ]
  for (const text of wrong) {
    const store = new FakeStorage()
    store.setItem('wildtrack.settings', text)
    const settings = new SettingsKeeper(store)
    assert.deepEqual(
      ['voice', 'speed', 'volume', 'language', 'theme'].map((name) => settings.get(name)),
      ['default', 1, 1, 'auto', 'system'],
      text,
    )
    assert.deepEqual(
      ['emotion', 'intensity', 'pitch', 'ssml', 'captions'].map((name) => settings.get(name)),
      ['neutral', 100, 0, false, false],
      text,
    )
  }
  const store = new FakeStorage()
  store.setItem('wildtrack.settings', '{"speed": 2, "volume": 7, "text": "secret"}')
  const settings = new SettingsKeeper(store)
  settings.set('volume', 0.3)
  assert.equal(settings.get('speed'), 2)
  assert.ok(!store.getItem('wildtrack.settings').includes('secret'))
})

test('a store that is shut or full costs nothing but the memory of a setting', () => {
  const shut = {
    getItem() {
      throw new Error('SecurityError')
    },
    setItem() {
      throw new Error('QuotaExceededError')
    },
  }
  for (const store of [shut, null]) {
    const settings = new SettingsKeeper(store)
    settings.set('speed', 2)
    assert.equal(settings.get('speed'), 2)
  }
})
