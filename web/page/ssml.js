// Where in a text the server found its SSML wrong: read from the error's sentence, and found in the text box. Pure.

/** @typedef {{line: number, column: number, expected: string}} SsmlFault line and column count from 1, in characters */

/**
 * The place that the sentence of an `invalid_ssml` names; null where it names none.
 * @param {string} message
 * @returns {SsmlFault | null}
 */
export function ssmlFault(message) {
  const said = /line (\d+), column (\d+): (.*)$/s.exec(message)
  return said && { line: Number(said[1]), column: Number(said[2]), expected: said[3].replace(/`([^`]*)`/g, '“$1”') }
}

/**
 * What the server says most often, in Chinese; the rest stays as it is.
 * @type {readonly [RegExp, string][]}
 */
const IN_CHINESE = [
  [/^expected (“.+”) here\.$/, '此处应为$1。'],
  [/^expected (“.+”) before the end\.$/, '结尾之前应有$1。'],
  [/^expected “<speak>”\.$/, '应以“<speak>”开头。'],
  [/^expected nothing after (“.+”)\.$/, '$1之后不应再有内容。'],
  [/^expected one of .*no other entity is known\.$/, '只认识“&amp;”“&lt;”“&gt;”“&quot;”“&apos;”这几个实体。'],
  [/^expected well-formed XML; .*$/, '文字中的“<”请写作“&lt;”，“&”请写作“&amp;”。'],
  [/^expected something like (.+) for (“.+”)\.$/, '$2的值应类似$1。'],
  [/^expected (“.+”) in (“.+”)\.$/, '$2中应有$1。'],
  [/^no voice has this name; .*$/, '没有叫这个名字的声音。'],
  [/^there is no such style; .*$/, '没有这种情绪。'],
]

/**
 * A fault in the reader's language.
 * @param {SsmlFault} fault
 * @param {'en' | 'zh'} language
 * @returns {SsmlFault}
 */
export function sayFault(fault, language) {
  const { expected } = fault
  if (language === 'en') return { ...fault, expected: expected.replace(/[“”]/g, '') }
  const known = IN_CHINESE.find(([pattern]) => pattern.test(expected))
  return known ? { ...fault, expected: expected.replace(...known) } : fault
}

/**
 * Where that is in the text.
 * @param {string} text
 * @param {Pick<SsmlFault, 'line' | 'column'>} fault
 * @returns {{start: number, end: number}} from there to the end of its tag or line, in UTF-16 code units
 */
export function findFault(text, { line, column }) {
  let lineStart = 0
  for (let passed = 1; passed < line; passed += 1) {
    const next = text.indexOf('\n', lineStart)
    if (next < 0) break
    lineStart = next + 1
  }
  const words = text.slice(lineStart).split('\n', 1)[0]
  const start = lineStart + [...words].slice(0, column - 1).join('').length
  const rest = text.slice(start, lineStart + words.length)
  const tagEnd = rest.indexOf('>')
  return { start, end: start + (tagEnd < 0 ? rest.length : tagEnd + 1) }
}
