// One image with all its attacks, in a dialog over the list.
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

  // Shows an image under an attack; the first attack where none is named.
  async open({ image, attack, top }) {
    const names = explorer.run.attacks.map((one) => one.name);
    const place = list.places.get(image);
    this.dialog();
    if (place === undefined) return this.missing(`This run has no image ${image}.`);
    if (top >= 0.02 && top <= 0.6) byId("overlay-top").value = Math.round(100 * top);
    const other = image !== this.image;
    Object.assign(this, { image, place, attack: names.includes(attack) ? attack : this.attack ?? names[0] });
    this.notice(attack && !names.includes(attack) ? `This run has no attack ${attack}.` : "");
    try {
      const pictures = explorer.hasPictures(place) ? await explorer.pictures(place) : null;
      const numbers = await explorer.numbers(place);
      if (image === this.image) await this.show(numbers, pictures, other);
    } catch (error) {
      this.missing(`${error.message}: the folder of this page is not whole.`);
    }
  },

  dialog() {
    if (byId("viewer").open) return;
    byId("viewer").showModal();
    byId("viewer-title").focus();
  },

  async show(numbers, pictures, other) {
    Object.assign(this, { numbers, pictures });
    byId("viewer").classList.remove("missing");
    byId("viewer").dataset.shown = "";
    this.head(numbers.image);
    this.neighbours();
    if (other) this.drawStrip();
    else strip.mark(this.attack);
    this.under(numbers.image);
    facts.show(numbers, this.attack);
    byId("panels").hidden = !pictures;
    if (pictures) await panels.show(pictures, this.attack);
    byId("viewer").dataset.shown = `${this.image} ${this.attack}`;
  },

  drawStrip() {
    return strip.show(this.numbers.image, this.pictures, this.attack);
  },

  head(image) {
    byId("viewer-title").textContent = image.id;
    const seen = image.status === "ok" ? `The network sees ${className(image.predicted)} (${fixed(image.probability, 2)})` : image.status;
    const wrong = image.correct === false ? ", which is wrong, so it was not attacked" : "";
    byId("viewer-facts").textContent = `True class: ${explorer.className(image.label)}. ${seen}${wrong}.`;
    const rest = `Pictures are there for the first ${explorer.run.pictures} images (report.images). This one has numbers; in the project's folder, ssimball show results/${explorer.run.run} '${image.id}' draws it.`;
    if (!explorer.hasPictures(this.place)) this.notice(rest);
  },

  under(image) {
    const { control } = explorer.run.attacks.find((one) => one.name === this.attack);
    byId("chosen-title").replaceChildren(this.attack, control ? h("span", { class: "badge" }, "control") : "");
    const row = image.attacks[this.attack].numbers;
    const of = (name) => row[explorer.run.columns.findIndex((one) => one.name === name)];
    const fooled = of("success") ? `Fooled: now seen as ${className(of("predicted"))}` : "Not fooled";
    const words = `${fooled}. Margin ${fixed(of("clean_margin"))} → ${fixed(of("margin"))}. Mean SSIM ${fixed(of("mean_ssim"), 4)}.`;
    byId("chosen-status").textContent = of("success") === null ? of("status") : words;
  },

  // Links to the images before and after in the list as it is sorted and filtered.
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

  // Puts a changed threshold into the address.
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
