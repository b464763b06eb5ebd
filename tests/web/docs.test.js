// docs/client.md names all that a user of the client can call, read and catch.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

import { Wildtrack } from '../../web/client/client.js'
import { Dictation } from '../../web/client/dictation.js'
import { Foley } from '../../web/client/foley.js'
import { TimedText } from '../../web/client/timed-text.js'
import { Utterance } from '../../web/client/utterance.js'
import { Watching } from '../../web/client/watching.js'
import { LOCAL_CODES } from '../../web/client/wildtrack-error.js'
import { Player } from '../../web/player/player.js'
import { Recording } from '../../web/player/recording.js'

const page = readFileSync(new URL('../../docs/client.md', import.meta.url), 'utf8')
const named = new Set([...page.matchAll(/`([a-zA-Z_]+)[`(]/g)].map(([, name]) => name))

for (const { name, prototype } of [Wildtrack, Utterance, Dictation, Watching, TimedText, Foley, Player, Recording]) {
  test(`docs/client.md names every member of ${name}`, () => {
    const members = Object.getOwnPropertyNames(prototype).filter((member) => member !== 'constructor')
    assert.deepEqual(members.filter((member) => !named.has(member)), [])
  })
}

test('docs/client.md names every code of the client itself', () => {
  assert.deepEqual(Object.keys(LOCAL_CODES).filter((code) => !named.has(code)), [])
})
