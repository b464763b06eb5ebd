// How much of a text is read ahead at a time.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { cut } from '../../../web/page/reading-view.js'

test('a text that can be read at once is read whole', () => {
  for (const text of ['', 'One. Two', '👋'.repeat(4096)]) assert.equal(cut(text), text)
})

test('a longer one is read to the end of a sentence, or as far as goes', () => {
  const beginning = cut('One 3.14 is said. '.repeat(500))
  assert.ok(beginning.length <= 4096 && beginning.length > 4000)
  assert.ok(beginning.endsWith('is said.'))
  assert.ok(cut('水开了。'.repeat(2000)).endsWith('。'))
  assert.equal([...cut('👋'.repeat(5000))].length, 4096)
})
