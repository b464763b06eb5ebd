// Where the server found SSML wrong: in the reader's language, and in the text box.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Translator } from '../../../web/page/i18n.js'
import { findFault, ssmlFault } from '../../../web/page/ssml.js'

const error = { code: 'invalid_ssml', message: 'The SSML is not right at line 2, column 3: expected `</p>` here.' }

test('the place is said in the reader’s language, with what was expected there', () => {
  assert.deepEqual(ssmlFault(error.message), { line: 2, column: 3, expected: 'expected “</p>” here.' })
  assert.equal(new Translator('en').error(error), error.message.replaceAll('`', ''))
  assert.equal(new Translator('zh').error(error), 'SSML 第 2 行第 3 列有误：此处应为“</p>”。')
  const rare = { code: 'invalid_ssml', message: 'The SSML is not right at line 1, column 1: elements may be 32 deep at most.' }
  assert.equal(new Translator('zh').error(rare), 'SSML 第 1 行第 1 列有误：elements may be 32 deep at most.')
  const placeless = { code: 'invalid_ssml', message: 'Two voices of different rates.' }
  assert.equal(ssmlFault(placeless.message), null)
  assert.equal(new Translator('en').error(placeless), placeless.message)
})

test('the place is found in the text, to the end of its tag or of its line', () => {
  const text = '<speak>\n👋 <p>one</s>\ntwo'
  const found = (line, column) => {
    const { start, end } = findFault(text, { line, column })
    return text.slice(start, end)
  }
  assert.equal(found(2, 3), '<p>')
  assert.equal(found(2, 9), '</s>')
  assert.equal(found(3, 1), 'two')
  assert.equal(found(3, 99), '')
  assert.equal(found(9, 1), 'two')
})
