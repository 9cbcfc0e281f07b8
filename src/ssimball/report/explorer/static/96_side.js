// The page side.html: two explorers side by side, of one run or of two. What is chosen in one is shown
// in the other as well, as far as the boxes say.
"use strict";

const side = {
  frames: {},
  views: {},

  start() {
    for (const name of ["left", "right"]) this.frames[name] = document.getElementById(`side-${name}`);
    const asked = new URLSearchParams(location.hash.slice(1));
    const [image, attack, other] = ["image", "attack", "other"].map((name) => asked.get(name));
    this.folder = { left: "..", right: ".." };
    this.views = { left: { image, attack }, right: { image, attack: other ?? attack } };
    addEventListener("message", (event) => this.told(event));
    document.getElementById("side-controls").addEventListener("submit", (event) => this.chosen(event));
    for (const name of ["left", "right"]) this.load(name);
  },

  load(name) {
    const { image, attack } = this.views[name];
    const view = new URLSearchParams(Object.entries({ image, attack }).filter(([, value]) => value));
    // A space is not written as +, which the explorer takes literally as it is here.
    this.frames[name].src = `${this.folder[name]}/report/index.html#${String(view).replaceAll("+", "%20")}`;
  },

  // Another run is a folder relative to this run's. Only folders: never another kind of address.
  chosen(event) {
    event.preventDefault();
    const folder = document.getElementById("side-run").value.trim().replace(/\/+$/, "") || "..";
    this.folder.right = folder.startsWith("/") || folder.startsWith(".") ? folder : `./${folder}`;
    this.load("right");
  },

  told({ source, data }) {
    const name = Object.keys(this.frames).find((one) => this.frames[one].contentWindow === source);
    if (!name || data?.ssimball !== "shows") return;
    const other = name === "left" ? "right" : "left";
    this.views[name] = { image: String(data.image), attack: String(data.attack) };
    const wanted = { ...this.views[other] };
    for (const key of ["image", "attack"]) {
      if (document.getElementById(`side-${key}`).checked) wanted[key] = this.views[name][key];
    }
    if (wanted.image === this.views[other].image && wanted.attack === this.views[other].attack) return;
    this.views[other] = wanted;
    this.load(other);
  },
};

side.start();
