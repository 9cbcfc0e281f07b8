// Show one image with all its attacks, in a dialog over the list.
"use strict";

const viewer = {
  image: null,
  attack: null,

  start() {
    byId("viewer-close").addEventListener("click", () => byId("viewer").close());
    byId("viewer").addEventListener("close", () => this.closed());
    strip.start();
    compare.start();
    panels.start();
  },

  // Show an image under an attack; without a name, under the last or the first attack.
  async open({ image, attack, top }) {
    const names = explorer.run.attacks.map((item) => item.name);
    const position = list.positions.get(image);
    this.dialog();
    if (position === undefined) return this.missing(`This run has no image ${image}.`);
    if (top >= 0.02 && top <= 0.6) byId("overlay-top").value = Math.round(100 * top);
    const isNewImage = image !== this.image;
    Object.assign(this, { image, position, attack: names.includes(attack) ? attack : this.attack ?? names[0] });
    this.notice(attack && !names.includes(attack) ? `This run has no attack ${attack}.` : "");
    try {
      const pictures = explorer.hasPictures(position) ? await explorer.pictures(position) : null;
      const numbers = await explorer.numbers(position);
      if (image === this.image) await this.show(numbers, pictures, isNewImage);
    } catch (error) {
      this.missing(`${error.message}: files of this page are missing.`);
    }
  },

  dialog() {
    if (byId("viewer").open) return;
    byId("viewer").showModal();
    byId("viewer-title").focus();
  },

  async show(numbers, pictures, isNewImage) {
    Object.assign(this, { numbers, pictures });
    byId("viewer").classList.remove("missing");
    byId("viewer").dataset.shown = "";
    this.head(numbers.image);
    this.neighbours();
    if (isNewImage) this.drawStrip();
    else strip.mark(this.attack);
    this.under(numbers.image);
    facts.show(numbers, this.attack);
    byId("panels").hidden = !pictures;
    if (pictures) await panels.show(pictures, this.attack);
    byId("viewer").dataset.shown = `${this.image} ${this.attack}`;
    byId("viewer-beside").href = `side.html${linkTo(this.image, this.attack, { other: this.nextAttack(1) })}`;
    beside.tell({ image: this.image, attack: this.attack });
  },

  // Return the attack that follows by so many steps.
  nextAttack(step) {
    const names = explorer.run.attacks.map(({ name }) => name);
    return names[(names.indexOf(this.attack) + step + names.length) % names.length];
  },

  drawStrip() {
    return strip.show(this.numbers.image, this.pictures, this.attack);
  },

  head(image) {
    byId("viewer-title").textContent = image.id;
    const predicted = image.status === "ok" ? `The network predicts ${className(image.predicted)} (probability ${fixed(image.probability, 2)})` : image.status;
    const wrong = image.correct === false ? ", which is wrong, so the image was not attacked" : "";
    byId("viewer-facts").textContent = `True class: ${explorer.className(image.label)}. ${predicted}${wrong}.`;
    const notice = `Pictures are included for the first ${explorer.run.pictures} images (report.images). To draw this one, run in the project's folder: ssimball show results/${explorer.run.run} ${quoted(image.id)}`;
    if (!explorer.hasPictures(this.position)) this.notice(notice);
  },

  under(image) {
    const { control } = explorer.run.attacks.find(({ name }) => name === this.attack);
    byId("chosen-title").replaceChildren(this.attack, control ? h("span", { class: "badge" }, "control") : "");
    const row = image.attacks[this.attack].numbers;
    const number = (name) => row[explorer.run.columns.findIndex((column) => column.name === name)];
    const fooled = number("success") ? `Fooled: now classified as ${className(number("predicted"))}` : "Not fooled";
    const outcome = `${fooled}. Margin ${fixed(number("clean_margin"))} → ${fixed(number("margin"))}. Mean SSIM ${fixed(number("mean_ssim"), 4)}.`;
    byId("chosen-status").textContent = number("success") === null ? number("status") : outcome;
  },

  // Link to the previous and the next image in the present order of the list.
  neighbours() {
    const ids = list.shown();
    const here = ids.indexOf(this.image);
    for (const [id, step] of [["viewer-previous", -1], ["viewer-next", 1]]) {
      const other = ids[here + step];
      const known = here >= 0 && other !== undefined;
      byId(id).toggleAttribute("aria-disabled", !known);
      byId(id).href = linkTo(known ? other : this.image, this.attack);
    }
  },

  // Put a changed threshold into the address.
  remember() {
    const top = panels.top() === explorer.run.top ? undefined : panels.top();
    history.replaceState(null, "", linkTo(this.image, this.attack, { top }));
  },

  notice(text) {
    byId("viewer-notice").textContent = text;
    byId("viewer-notice").hidden = !text;
  },

  missing(text) {
    this.image = null;
    byId("viewer").classList.add("missing");
    byId("viewer-title").textContent = "Nothing to show";
    byId("viewer-facts").textContent = "";
    this.notice(text);
  },

  closed() {
    compare.stop();
    history.replaceState(null, "", "#images");
    const row = [...document.querySelectorAll("#list td.name a")].find((link) => link.textContent === this.image);
    (row ?? byId("list-region")).focus();
    this.image = null;
  },
};
