// Texts long enough for what only shows in minutes of speech; no two of their sentences sound alike.

const PLACES = ['harbour', 'orchard', 'station', 'library', 'valley', 'kitchen', 'meadow', 'market', 'tower']
const THINGS = ['a lantern', 'two letters', 'an old map', 'fresh bread', 'a red kite', 'the spare key', 'nine pears']

/** @param {number} characters at least; a second of speech is about fourteen */
export function longText(characters) {
  const sentences = []
  for (let index = 0, length = 0; length < characters; index += 1) {
    const place = PLACES[index % PLACES.length]
    const thing = THINGS[index % THINGS.length]
    sentences.push(`Note ${index + 1}: somebody left ${thing} behind at the ${place}.`)
    length += sentences.at(-1).length + 1
  }
  return sentences.join(' ')
}
