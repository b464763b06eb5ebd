// The few names of AudioWorkletGlobalScope that pcm-worklet.js uses, kept out of the page's own global names.
// https://webaudio.github.io/web-audio-api/#AudioWorkletGlobalScope
export interface AudioWorkletProcessor {
  readonly port: MessagePort
}

export interface AudioWorkletScope {
  /** Hertz */
  readonly sampleRate: number
  readonly AudioWorkletProcessor: new (options?: AudioWorkletNodeOptions) => AudioWorkletProcessor
  registerProcessor(name: string, processor: new (options: AudioWorkletNodeOptions) => AudioWorkletProcessor): void
}
