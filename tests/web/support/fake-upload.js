// An XMLHttpRequest that sends nothing: a test says what the server answers, and when.

export class FakeUpload {
  /** @type {FakeUpload[]} */
  static #made = []
  upload = { onprogress: (_event) => {} }
  headers = {}
  status = 0
  responseText = ''
  aborted = false

  constructor() {
    FakeUpload.#made.push(this)
  }

  /** Takes the place of the browser's; returns all that are made from here on. */
  static install() {
    FakeUpload.#made = []
    globalThis.XMLHttpRequest = FakeUpload
    return FakeUpload.#made
  }

  static uninstall() {
    delete globalThis.XMLHttpRequest
  }

  open(method, address) {
    this.method = method
    this.address = String(address)
  }

  setRequestHeader(name, value) {
    this.headers[name] = value
  }

  send(body) {
    this.body = body
  }

  abort() {
    this.aborted = true
    this.onabort()
    this.onloadend()
  }

  progress(loaded, total) {
    this.upload.onprogress({ loaded, total })
  }

  answer(status, text) {
    this.status = status
    this.responseText = text
    this.onload()
    this.onloadend()
  }

  fail() {
    this.onerror()
    this.onloadend()
  }
}
