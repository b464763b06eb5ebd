// Records in the page what an <audio> element plays, or what an AudioContext does, and brings the samples here.

const RATE_HZ = 24000

/**
 * Joins the page's player. From here on its sound goes through a recorder that runs at the speech's own sample rate, so
 * that nothing is resampled.
 * @param {import('puppeteer-core').Page} page
 */
export async function recordElement(page) {
  await page.evaluate(async (sampleRate) => {
    const context = new AudioContext({ sampleRate })
    await context.resume()
    await context.audioWorklet.addModule('/recorder-worklet.js')
    const recorder = new AudioWorkletNode(context, 'recorder')
    context.createMediaElementSource(document.querySelector('#sound')).connect(recorder).connect(context.destination)
    window.testRecorder = recorder
  }, RATE_HZ)
}

/**
 * Joins whatever the page connects to an AudioContext's destination from now on. Call it before the page is loaded; a
 * context's first moments, while the recorder itself is loading, are missed.
 * @param {import('puppeteer-core').Page} page
 */
export async function recordContexts(page) {
  await page.evaluateOnNewDocument(() => {
    const { connect } = AudioNode.prototype
    AudioNode.prototype.connect = function (target, ...rest) {
      if (target instanceof AudioDestinationNode) {
        const { context } = this
        void context.audioWorklet.addModule('/recorder-worklet.js').then(() => {
          window.testRecorder = new AudioWorkletNode(context, 'recorder')
          connect.call(this, window.testRecorder)
          connect.call(window.testRecorder, target)
        })
      }
      return connect.call(this, target, ...rest)
    }
  })
}

/**
 * What was recorded since the last call.
 * @param {import('puppeteer-core').Page} page
 * @returns {Promise<Float32Array>} -1 to 1
 */
export async function takeRecorded(page) {
  const base64 = await page.evaluate(async () => {
    const { port } = window.testRecorder
    const samples = await new Promise((resolve) => {
      port.onmessage = ({ data }) => resolve(data)
      port.postMessage('hand over')
    })
    // A data URL is the one thing that both browsers' protocols bring over quickly.
    return new Promise((resolve) => {
      const reader = new FileReader()
      reader.onload = () => resolve(reader.result.split(',')[1])
      reader.readAsDataURL(new Blob([samples]))
    })
  })
  const bytes = Buffer.from(base64, 'base64')
  return new Float32Array(new Uint8Array(bytes).buffer)
}
