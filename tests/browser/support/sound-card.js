// A sound card for Firefox, which plays nothing without one: a private pulseaudio whose only sink leads nowhere.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { pulseaudio } from './browsers.js'
import { until } from './waiting.js'

/**
 * @typedef {object} SoundCard
 * @property {Record<string, string>} env what a program needs to find it, and no other
 * @property {() => Promise<void>} remove
 */

/** @returns {Promise<SoundCard>} */
export async function plugInSoundCard() {
  const folder = await mkdtemp(join(tmpdir(), 'wildtrack-sound-'))
  const socket = join(folder, 'socket')
  const env = { PULSE_SERVER: `unix:${socket}`, PULSE_RUNTIME_PATH: folder, PULSE_COOKIE: join(folder, 'cookie') }
  const child = spawn(
    pulseaudio ?? 'pulseaudio',
    [
      ...['-n', '--daemonize=no', '--exit-idle-time=-1', '--use-pid-file=no', '--disable-shm=yes'],
      ...['--load=module-null-sink', `--load=module-native-protocol-unix socket=${socket} auth-anonymous=1`],
    ],
    { env: { ...process.env, HOME: folder, PULSE_RUNTIME_PATH: folder }, stdio: 'ignore' },
  )
  const ended = once(child, 'exit')
  await until(10, 'pulseaudio', () => {
    if (child.exitCode !== null) throw new Error(`pulseaudio ended with ${child.exitCode}.`)
    return existsSync(socket)
  })
  return {
    env,
    async remove() {
      child.kill('SIGTERM')
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}
