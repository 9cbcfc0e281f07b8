// Show all attacks on one image side by side.
"use strict";

const strip = {
  start() {
    byId("strip-layer").addEventListener("change", () => viewer.drawStrip());
  },

  // Show a card for each attack, linked to it. Pictures are null where the image has none.
  async show(image, pictures, chosen) {
    const token = (this._token = {});
    const isAttacked = ({ name }) => this.number(image, name, "success") !== null;
    const attacked = explorer.run.attacks.filter(isAttacked);
    const cards = attacked.map(({ name, control }) => this.card(image, name, control, pictures));
    byId("strip").replaceChildren(...cards);
    byId("strip-without").textContent = this.without(image, explorer.run.attacks.filter((one) => !isAttacked(one)));
    this.mark(chosen);
    if (!pictures?.clean) return;
    const clean = await decoded(pictures.clean);
    for (const card of cards) {
      if (token !== this._token) return; // another image has been opened
      await this.paint(card, clean, pictures);
    }
  },

  number(image, attack, name) {
    return image.attacks[attack].numbers[explorer.run.columns.findIndex((column) => column.name === name)];
  },

  // Say which attacks made no image, and why.
  without(image, attacks) {
    if (!attacks.length) return "";
    const reasons = new Map();
    for (const { name } of attacks) {
      const reason = this.number(image, name, "status");
      reasons.set(reason, [...(reasons.get(reason) ?? []), name]);
    }
    const parts = [...reasons].map(([reason, names]) => `${names.length === explorer.run.attacks.length ? "all attacks" : names.join(", ")} (${reason})`);
    return `No adversarial image: ${parts.join("; ")}.`;
  },

  card(image, name, control, pictures) {
    const number = (column) => this.number(image, name, column);
    const success = number("success");
    const outcome = success ? `fooled → ${className(number("predicted"))}` : "not fooled";
    const correlation = image.attacks[name].overlap[explorer.run.metrics.indexOf("spearman_cam")];
    const details = [`SSIM ${fixed(number("mean_ssim"), 3)}`, `overlap ${fixed(correlation, 2, true)}`];
    return h(
      "a",
      { class: `card${success ? " is-fooled" : ""}`, href: linkTo(image.id, name), "data-attack": name },
      pictures ? h("canvas", { width: 112, height: 112, "aria-hidden": "true" }) : null,
      h("span", { class: "card-name" }, breakable(name), control ? h("span", { class: "badge" }, "control") : null),
      h("span", { class: "card-outcome" }, outcome),
      details.map((detail) => h("span", { class: "card-detail" }, detail)),
    );
  },

  mark(chosen) {
    for (const card of byId("strip").children) {
      const isChosen = card.dataset.attack === chosen;
      if (isChosen) card.setAttribute("aria-current", "true");
      else card.removeAttribute("aria-current");
      if (isChosen) card.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
  },

  async paint(card, clean, pictures) {
    const [canvas, under] = [card.querySelector("canvas"), pictures.attacks[card.dataset.attack]];
    const layer = byId("strip-layer").value;
    if (!under.png || (layer === "deficit" && !pictures.cams.length)) return;
    const { width, height } = clean;
    if (layer === "ssim") draw.similarity(canvas, mapOf(under.ssim), width, height, 0.9);
    else if (layer === "deficit") this.cells(canvas, clean, under.deficit, pictures);
    else if (layer === "change") draw.change(canvas, clean, await decoded(under.png), explorer.run.amplify);
    else draw.size(canvas, width, height).putImageData(await decoded(under.png), 0, 0);
  },

  cells(canvas, clean, deficit, pictures) {
    const context = draw.size(canvas, clean.width, clean.height);
    draw.grey(context, clean);
    const largest = Math.max(...deficit) || 1;
    draw.cells(context, deficit, pictures.cams[0].grid, (value) => colours.at("ssim", 1 - value / largest), 0.6);
  },
};
