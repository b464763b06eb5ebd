// Numbers as people read them: times, speeds, excerpts, file names. Pure.

/**
 * A position or duration: `0:07`, `12:40`, `1:02:03`. Part seconds are dropped, so that a clock never runs ahead.
 * @param {number} seconds s, >= 0; what is not finite reads as 0
 */
export function formatTime(seconds) {
  const whole = Number.isFinite(seconds) ? Math.max(0, Math.floor(seconds + 1e-6)) : 0
  const hours = Math.floor(whole / 3600)
  const minutes = Math.floor(whole / 60) % 60
  const rest = String(whole % 60).padStart(2, '0')
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${rest}` : `${minutes}:${rest}`
}

/**
 * How long a whole take is. Under ten seconds a tenth is told, since there it matters: `4.2s`, `4.2秒`, else `1:12`.
 * @param {number} seconds s
 * @param {string} language BCP 47
 */
export function formatDuration(seconds, language) {
  if (seconds >= 9.95) return formatTime(Math.round(seconds))
  const tenths = { minimumFractionDigits: 1, maximumFractionDigits: 1 }
  const unit = /** @type {const} */ ({ style: 'unit', unit: 'second', unitDisplay: 'narrow' })
  return new Intl.NumberFormat(language, { ...unit, ...tenths }).format(Math.max(0, seconds))
}

/**
 * A speed factor with no more digits than it needs: `1×`, `0.75×`, `1.5×`.
 * @param {number} speed
 */
export function formatSpeed(speed) {
  return `${Number(speed.toFixed(2))}×`
}

/**
 * The number of characters as a reader counts them: an emoji or a rare hanzi is one, though UTF-16 has two units for it.
 * @param {string} text
 */
export function countCharacters(text) {
  let count = 0
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at)
    if (unit < 0xdc00 || unit > 0xdfff) count += 1
  }
  return count
}

/**
 * The beginning of a text on one line, cut between characters, with an ellipsis where something was cut.
 * @param {string} text
 * @param {number} [limit] characters kept at most
 */
export function excerpt(text, limit = 120) {
  const characters = [...text.slice(0, limit * 4).replace(/\s+/g, ' ').trim()]
  const whole = characters.length <= limit && text.length <= limit * 4
  return whole ? characters.join('') : `${characters.slice(0, limit).join('').trimEnd()}…`
}

/**
 * A name for a downloaded file: the voice and the local time, never the text.
 * @param {string} voiceName
 * @param {Date} at
 * @param {string} extension without the dot
 */
export function fileName(voiceName, at, extension) {
  const two = (/** @type {number} */ value) => String(value).padStart(2, '0')
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
  const time = `${two(at.getHours())}${two(at.getMinutes())}${two(at.getSeconds())}`
  const voice = voiceName.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '') || 'voice'
  return `wildtrack-${voice}-${day}-${time}.${extension}`
}
