// Keeps every sample that comes in, and hands them all over when it is asked. Served beside the page's own files.

class Recorder extends AudioWorkletProcessor {
  #blocks = []

  constructor() {
    super()
    this.port.onmessage = () => {
      const samples = new Float32Array(this.#blocks.length * 128)
      this.#blocks.forEach((block, index) => samples.set(block, index * 128))
      this.#blocks = []
      this.port.postMessage(samples, [samples.buffer])
    }
  }

  process([input]) {
    // No channel at all comes while the element has no sound.
    this.#blocks.push(input.length > 0 ? input[0].slice() : new Float32Array(128))
    return true
  }
}

registerProcessor('recorder', Recorder)
