// Browsers load no worker from disk. Where the site is opened from there, a hidden frame of the page
// does what the worker of the search would do: the theme asks whether `IFrameWorker` exists.
if (location.protocol === "file:") {
  window.IFrameWorker = class extends EventTarget {
    constructor(script) {
      super()
      const frame = document.createElement("iframe")
      frame.hidden = true
      document.body.append(frame)
      this.inside = frame.contentWindow
      this.inside.importScripts = (...urls) =>
        urls.reduce((before, url) => before.then(() => this.load(url)), Promise.resolve())
      this.inside.postMessage = (data) => this.dispatchEvent(new MessageEvent("message", { data }))
      this.ready = this.load(script)
    }

    load(url) {
      return new Promise((resolve, reject) => {
        const element = this.inside.document.createElement("script")
        Object.assign(element, { src: url, async: false, onload: resolve, onerror: reject })
        this.inside.document.head.append(element)
      })
    }

    postMessage(data) {
      this.ready.then(() => this.inside.dispatchEvent(new MessageEvent("message", { data })))
    }
  }
  window.Worker = window.IFrameWorker
}
