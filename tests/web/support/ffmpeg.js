// The ffmpeg program as a decoder that is not ours. Where it is missing its tests are skipped, but never in CI.

import { spawnSync } from 'node:child_process'

/** What node:test's `skip` option takes: false, or the reason. */
export const withoutFfmpeg =
  !process.env.CI && spawnSync('ffmpeg', ['-version']).error ? 'the ffmpeg program is not installed' : false

/**
 * Decodes any file ffmpeg knows to interleaved s16 samples.
 * @param {Uint8Array} file
 */
export function decodeWithFfmpeg(file) {
  const run = spawnSync('ffmpeg', ['-v', 'error', '-xerror', '-i', 'pipe:0', '-f', 's16le', 'pipe:1'], {
    input: file,
    maxBuffer: 2 ** 28,
  })
  if (run.error) throw run.error
  const complaint = run.stderr.toString()
  if (run.status !== 0 || complaint) throw new Error(`ffmpeg: ${complaint || run.status}`)
  return new Int16Array(run.stdout.buffer.slice(run.stdout.byteOffset, run.stdout.byteOffset + run.stdout.byteLength))
}
