// The pictures of one image under one attack.
"use strict";

const panels = {
  SCALE: 3, // of the overlay's canvas, so that its lines are sharp

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

  // pictures: of the image; attack: its name.
  async show(pictures, attack) {
    const under = pictures.attacks[attack];
    const token = (this._token = {});
    compare.set(pictures.clean, under.png);
    const pngs = [pictures.clean, under.png, pictures.mask];
    const [clean, adversarial, mask] = await Promise.all(pngs.map((png) => png && decoded(png)));
    if (token !== this._token) return; // another attack is shown by now
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
    byId("change-shown").textContent = `× ${factor}`;
    if (clean && adversarial) draw.change(byId("change"), clean, adversarial, factor);
    else draw.size(byId("change"), 224, 224);
  },

  drawSimilarity() {
    const { clean, ssim } = this.now;
    const from = Number(byId("ssim-from").value) / 100;
    byId("ssim-shown").textContent = fixed(from, 2);
    colours.legend(byId("ssim-legend"), "ssim", [`≤ ${fixed(from, 2)}`, "1"]);
    if (clean && ssim) draw.similarity(byId("ssim"), ssim, clean.width, clean.height, from);
    else draw.size(byId("ssim"), 224, 224);
    const step = ssim ? short(Number(((1 - ssim.low) / 255).toPrecision(2))) : "";
    byId("ssim-note").textContent = ssim ? `Smallest ${fixed(ssim.low, 3)}; in steps of ${step}.` : "";
  },

  // What the overlay can be coloured by: class activation maps, and the deficit.
  listMaps() {
    const { pictures, under, clean } = this.now;
    const whose = { label: "true class", predicted: "class seen", adversarial: "new class" };
    const named = (one) => `CAM, ${whose[one.explained]} (${className(one.class)}), ${one.image} image`;
    const signed = (one) => ({ title: named(one), values: one.values, grid: one.grid, cam: true });
    this.maps = [...pictures.cams, ...under.cams].map(signed);
    this.cam = pictures.cams.find((one) => one.explained === "label") ?? null;
    if (under.deficit && this.cam) {
      this.maps.splice(1, 0, { title: "SSIM deficit by cell", values: under.deficit, grid: this.cam.grid });
    }
    if (clean) this.maps.push({ title: "nothing", values: null });
    const before = byId("overlay-map").selectedOptions[0]?.textContent;
    byId("overlay-map").replaceChildren(...this.maps.map((one, k) => h("option", { value: k }, one.title)));
    byId("overlay-map").value = Math.max(0, this.maps.findIndex((one) => one.title === before));
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
    const [most, least] = [Math.max(...map.values.map(Math.abs)) || 1, map.cam ? -1 : 0];
    const name = map.cam ? "cam" : "ssim";
    const level = (value) => (map.cam ? value / most / 2 + 0.5 : 1 - value / most);
    draw.cells(context, map.values, map.grid, (value) => colours.at(name, level(value)), 0.55);
    const ends = map.cam ? [fixed(least * most, 1), fixed(most, 1, true)] : [fixed(most, 3), "0"];
    colours.legend(byId("overlay-legend"), name, ends);
  },

  outlines(context, deficit) {
    const { values, grid } = this.cam;
    const own = overlap.topCells(values, this.top());
    const theirs = deficit && overlap.topCells(deficit, this.top());
    if (own) draw.outline(context, own, grid, "#6cc4ff", 4);
    if (theirs) draw.outline(context, theirs, grid, "#ffd23f", 12, [14, 10]);
    if (!own || !theirs) return;
    const [share, union] = [overlap.share(deficit, own), overlap.union(theirs, own)];
    byId("overlay-note").textContent = `Share of the deficit in the CAM's top: ${fixed(share, 3)}; IoU of both tops: ${fixed(union, 3)}.`;
  },
};

// The outline of the object: pixels inside that touch one outside.
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
