// Another site on this machine, with a page that speaks through /wildtrack.js of the server that its address names.

import { once } from 'node:events'
import { createServer } from 'node:http'

const PAGE = `<!doctype html>
<html lang="en">
<title>waiting</title>
<link rel="icon" href="data:,">
<audio></audio>
<button>Speak</button>
<script type="module">
  const server = new URLSearchParams(location.search).get('server')
  try {
    const { connect, createPlayer } = await import(server + '/wildtrack.js')
    const player = await createPlayer({ audio: document.querySelector('audio') })
    const wildtrack = await connect()
    window.voices = await wildtrack.voices()
    player.addEventListener('ended', () => (document.title = 'heard'))
    document.querySelector('button').addEventListener('click', () => {
      window.utterance = wildtrack.speak({ text: 'Hello from next door.', voice: 'heart', player })
    })
    window.player = player
    document.title = 'ready'
  } catch (error) {
    document.title = 'refused'
  }
</script>
</html>`

/**
 * @typedef {object} Site
 * @property {string} url its origin
 * @property {() => Promise<void>} stop
 */

/** @returns {Promise<Site>} on a free loopback port */
export async function startSite() {
  const server = createServer((_, response) => {
    response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).end(PAGE)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
