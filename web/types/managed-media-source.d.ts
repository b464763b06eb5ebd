// ManagedMediaSource, the only kind an iPhone has (Safari 17.1), which TypeScript's DOM library does not know yet.
// https://www.w3.org/TR/media-source-2/#managedmediasource-interface
interface ManagedMediaSource extends MediaSource {
  /** True while the browser wants more data; 'startstreaming' and 'endstreaming' tell of its changes. */
  readonly streaming: boolean
}

interface Window {
  readonly ManagedMediaSource?: { new (): ManagedMediaSource; isTypeSupported(type: string): boolean }
}
