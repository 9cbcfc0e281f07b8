// The search runs in a Worker, which browsers do not start from disk. This one is a hidden frame.
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(url) {
      super()
      this.onmessage = null
      const frame = document.createElement("iframe")
      frame.hidden = true
      document.body.appendChild(frame)
      this.frame = frame
      this.listener = event => {
        if (event.source !== frame.contentWindow) return
        const message = new MessageEvent("message", {data: event.data})
        this.dispatchEvent(message)
        if (this.onmessage) this.onmessage(message)
      }
      addEventListener("message", this.listener)
      const inside = frame.contentDocument
      inside.open()
      inside.write(`<html><body><script>
        postMessage = data => parent.postMessage(data, "*")
        importScripts = (...urls) => urls.reduce((before, url) => before.then(() =>
          new Promise(resolve => {
            const script = document.createElement("script")
            script.src = url
            script.onload = script.onerror = resolve
            document.body.appendChild(script)
          })), Promise.resolve())
      <\/script><script src="${url}"><\/script></body></html>`)
      inside.close()
      this.ready = new Promise(resolve => { frame.contentWindow.onload = resolve })
    }
    postMessage(data) {
      this.ready.then(() =>
        this.frame.contentWindow.dispatchEvent(new MessageEvent("message", {data})))
    }
    terminate() {
      removeEventListener("message", this.listener)
      this.frame.remove()
    }
  }
}
