// Compare clean and adversarial image with a divider, by switching, or by alternating.
"use strict";

const compare = {
  // Milliseconds per image. One cycle per second is far below the three that can trigger seizures.
  PHASE_MS: 500,
  _timer: null,

  start() {
    byId("compare-divider").addEventListener("input", () => this.show(Number(byId("compare-divider").value)));
    byId("compare-blink").addEventListener("click", () => this.blink());
  },

  set(clean, adversarial) {
    this.stop();
    byId("compare-clean").src = clean ? dataUrl(clean) : "data:,";
    byId("compare-clean").hidden = !clean;
    byId("compare-adversarial").hidden = !adversarial;
    if (adversarial) byId("compare-adversarial").src = dataUrl(adversarial);
    for (const id of ["compare-divider", "compare-blink"]) byId(id).disabled = !adversarial;
    this.show(adversarial ? Number(byId("compare-divider").value) : 100);
  },

  // Put the divider at a percentage of the width; the clean image is to its left.
  show(percent) {
    const frame = byId("compare");
    frame.style.setProperty("--divider", `${percent}%`);
    frame.dataset.whole = percent <= 0 ? "adversarial" : percent >= 100 ? "clean" : "";
    byId("compare-divider").value = percent;
  },

  flip() {
    if (byId("compare-divider").disabled) return;
    this.show(Number(byId("compare-divider").value) >= 50 ? 0 : 100);
  },

  blink() {
    if (this._timer) return this.stop();
    this.flip();
    if (byId("compare-blink").disabled || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    this._timer = setInterval(() => this.flip(), this.PHASE_MS);
    byId("compare-blink").setAttribute("aria-pressed", "true");
  },

  stop() {
    clearInterval(this._timer);
    this._timer = null;
    byId("compare-blink").setAttribute("aria-pressed", "false");
  },
};
