// The pictures of one image under one attack.
"use strict";

const panels = {
  SCALE: 3, // pixels of the overlay's canvas per image pixel, so that lines are sharp

  start() {
    byId("change-factor").value = explorer.run.amplify;
    byId("overlay-top").value = Math.round(100 * explorer.run.top);
    byId("change-factor").addEventListener("input", () => this.drawChange());
    byId("ssim-from").addEventListener("input", () => this.drawSimilarity());
    byId("overlay-map").addEventListener("change", () => this.drawOverlay());
    byId("overlay-top").addEventListener("input", () => (this.drawOverlay(), viewer.remember()));
  },

  top() {
    return Number(byId("overlay-top").value) / 100;
  },

  // Show the pictures of an image under an attack, given by its name.
  async show(pictures, attack) {
    const under = pictures.attacks[attack];
    const token = (this._token = {});
    compare.set(pictures.clean, under.png);
    const pngs = [pictures.clean, under.png, pictures.mask];
    const [clean, adversarial, mask] = await Promise.all(pngs.map((png) => png && decoded(png)));
    if (token !== this._token) return; // another attack has been chosen
    const ssim = under.ssim && mapOf(under.ssim);
    this.now = { pictures, under, clean, adversarial, ssim, mask };
    this.listMaps();
    this.drawChange();
    this.drawSimilarity();
    this.drawOverlay();
  },

  drawChange() {
    const { clean, adversarial } = this.now;
    const factor = Number(byId("change-factor").value);
    byId("change-shown").textContent = `× ${factor}, grey: none`;
    if (clean && adversarial) draw.change(byId("change"), clean, adversarial, factor);
    else draw.size(byId("change"), 224, 224);
  },

  drawSimilarity() {
    const { clean, ssim } = this.now;
    const lowest = Number(byId("ssim-from").value) / 100;
    byId("ssim-shown").textContent = fixed(lowest, 2);
    colours.legend(byId("ssim-legend"), "ssim", [`≤ ${fixed(lowest, 2)}`, "1"]);
    if (clean && ssim) draw.similarity(byId("ssim"), ssim, clean.width, clean.height, lowest);
    else draw.size(byId("ssim"), 224, 224);
    const step = ssim ? short(Number(((1 - ssim.low) / 255).toPrecision(2))) : "";
    byId("ssim-note").textContent = ssim ? `Smallest SSIM ${fixed(ssim.low, 3)}, shown in steps of ${step}.` : "";
  },

  // List the maps that can colour the overlay: class activation maps and the SSIM deficit.
  listMaps() {
    const { pictures, under, clean } = this.now;
    const roles = { label: "true class", predicted: "predicted class", adversarial: "adversarial class" };
    const title = (cam) => `${cam.exact ? "CAM" : "Grad-CAM (CAM, not exact)"}, ${roles[cam.explained]} (${className(cam.class)}), ${cam.image} image`;
    const entry = (cam) => ({ title: title(cam), values: cam.values, grid: cam.grid, cam: true });
    this.maps = [...pictures.cams, ...under.cams].map(entry);
    this.cam = pictures.cams.find((cam) => cam.explained === "label") ?? null;
    if (under.deficit && this.cam) {
      this.maps.splice(1, 0, { title: "SSIM deficit by cell", values: under.deficit, grid: this.cam.grid });
    }
    if (clean) this.maps.push({ title: "no colours", values: null });
    const before = byId("overlay-map").selectedOptions[0]?.textContent;
    byId("overlay-map").replaceChildren(...this.maps.map((map, k) => h("option", { value: k }, map.title)));
    byId("overlay-map").value = Math.max(0, this.maps.findIndex((map) => map.title === before));
  },

  drawOverlay() {
    const { clean, mask, under } = this.now;
    const size = clean ?? { width: 224, height: 224 };
    const context = draw.size(byId("overlay"), this.SCALE * size.width, this.SCALE * size.height);
    byId("overlay-shown").textContent = `${byId("overlay-top").value} %`;
    byId("overlay-note").textContent = "";
    byId("mask-key").hidden = !mask;
    if (!clean || !this.maps.length) return;
    draw.grey(context, clean);
    this.colourCells(context, this.maps[byId("overlay-map").value]);
    if (mask) maskLine(context, mask);
    if (this.cam) this.outlines(context, under.deficit);
  },

  colourCells(context, map) {
    byId("overlay-legend").replaceChildren();
    if (!map.values) return;
    const [largest, lowest] = [Math.max(...map.values.map(Math.abs)) || 1, map.cam ? -1 : 0];
    const name = map.cam ? "cam" : "ssim";
    const level = (value) => (map.cam ? value / largest / 2 + 0.5 : 1 - value / largest);
    draw.cells(context, map.values, map.grid, (value) => colours.at(name, level(value)), 0.55);
    const ends = map.cam ? [fixed(lowest * largest, 1), fixed(largest, 1, true)] : [fixed(largest, 3), "0"];
    colours.legend(byId("overlay-legend"), name, ends);
  },

  outlines(context, deficit) {
    const { values, grid } = this.cam;
    const camTop = overlap.topCells(values, this.top());
    const deficitTop = deficit && overlap.topCells(deficit, this.top());
    if (camTop) draw.outline(context, camTop, grid, "#6cc4ff", 4);
    if (deficitTop) draw.outline(context, deficitTop, grid, "#ffd23f", 12, [14, 10]);
    if (!camTop || !deficitTop) return;
    const share = fixed(overlap.share(deficit, camTop), 3);
    const iou = fixed(overlap.intersectionOverUnion(deficitTop, camTop), 3);
    byId("overlay-note").textContent = `Share of the SSIM deficit in the CAM's top cells: ${share}. IoU of both sets of top cells: ${iou}.`;
  },
};

// Draw the outline of the object: its pixels that touch a pixel outside.
function maskLine(context, mask) {
  const scale = context.canvas.width / mask.width;
  const inside = (x, y) => x >= 0 && y >= 0 && x < mask.width && y < mask.height && mask.data[4 * (y * mask.width + x)] > 0;
  for (let y = 0; y < mask.height; y++) {
    for (let x = 0; x < mask.width; x++) {
      if (!inside(x, y) || (inside(x - 1, y) && inside(x + 1, y) && inside(x, y - 1) && inside(x, y + 1))) continue;
      context.fillStyle = (x + y) % 8 < 4 ? "#000" : "#fff";
      context.fillRect(x * scale, y * scale, scale, scale);
    }
  }
}
