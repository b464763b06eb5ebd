// The sounds that can be chosen are those that the server can make, by the same names.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

import { SOUNDS, describe, nameOfMaterial, soundOf } from '../../../../web/page/foley/sounds.js'

const page = readFileSync(new URL('../../../../server/engines/foley/classes.py', import.meta.url), 'utf8')
const names = (text) => [...text.matchAll(/"(\w+)"/g)].map(([, name]) => name)
const lists = Object.fromEntries([...page.matchAll(/^(HARD|GROUND): Final = \((.*?)\)$/gm)].map(([, key, text]) => [key, names(text)]))

test('the page knows every sound of the server, its kind, its names and its materials', () => {
  const lines = [...page.matchAll(/SoundClass\("(\w+)", "(\w+)", "([^"]+)", "([^"]+)"(?:, (.+?))?\),$/gm)]
  assert.ok(lines.length >= 30)
  const server = lines.map(([, id, kind, en, zh, of = '']) => ({ id, kind, en, zh, materials: lists[of] ?? names(of) }))
  assert.deepEqual(SOUNDS, server)
})

test('every material has a Chinese name', () => {
  for (const material of new Set(SOUNDS.flatMap(({ materials }) => materials))) {
    assert.match(nameOfMaterial(material, 'zh'), /\p{Script=Han}/u, material)
    assert.equal(nameOfMaterial(material, 'en'), material)
  }
})

test('a sound is said with its material, and one of tomorrow by its id', () => {
  assert.equal(describe({ label: 'footstep', material: 'gravel' }, 'en'), 'footsteps, gravel')
  assert.equal(describe({ label: 'footstep', material: 'gravel' }, 'zh'), '脚步（砾石）')
  assert.equal(describe({ label: 'dog', material: null }, 'en'), 'barking dog')
  assert.equal(describe({ label: 'a_ship_horn' }, 'en'), 'a ship horn')
  assert.equal(soundOf('a_ship_horn').kind, 'spot')
})
