// What a player needs of a way to make a recording audible; mse-output.js and worklet-output.js are the two there are.

/** @typedef {import('./recording.js').Recording} Recording */

/**
 * An Output is an EventTarget. Its events: `playing` (sound comes, again after each wait), `waiting` (it ran dry),
 * `timeupdate` (a few times a second), `paused`, `ended`, `blocked` (the browser wants a tap first), and `failed`
 * (CustomEvent, detail {error}: this output can do no more).
 * @typedef {object} OutputMethods
 * @property {'mse' | 'worklet'} kind
 * @property {number} positionS where it plays
 * @property {number} bufferedAheadS made and handed to the browser, not yet heard
 * @property {number} volume 0 to 1
 * @property {number} rate how fast it plays; one that has no other speed stays at 1
 * @property {() => void} unlock called within a tap or key press, so that sound may start later, outside of it
 * @property {(recording: Recording, positionS: number) => void} start attaches to a recording in place of the one before
 * @property {() => void} advance the recording has grown or is finished
 * @property {() => Promise<void>} play rejects with NotAllowedError when the browser wants a tap first
 * @property {() => void} pause
 * @property {(positionS: number) => void} seek
 * @property {() => void} stop silence at once; lets go of the recording
 *
 * @typedef {EventTarget & OutputMethods} Output
 */

export {}
