// The explorer's data. A page on disk may load scripts but fetch nothing, so data come as scripts,
// each of which calls explorer.receive with its name.
"use strict";

const explorer = {
  run: null,
  pages: [], // rows of the list, page by page
  _kept: new Map(),
  _most: 8, // scripts kept of those loaded on demand: some megabytes each

  receive(name, data) {
    if (name === "run") this.run = data;
    else if (name.startsWith("data/rows/")) this.pages.push(data);
    else this._keep(name, data);
  },

  _keep(name, data) {
    this._kept.delete(name);
    this._kept.set(name, data);
    if (this._kept.size > this._most) this._kept.delete(this._kept.keys().next().value);
  },

  // Data of a script that is loaded where it is not there yet.
  load(name) {
    if (this._kept.has(name)) {
      this._keep(name, this._kept.get(name));
      return Promise.resolve(this._kept.get(name));
    }
    return new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = name;
      script.onload = () => (script.remove(), resolve(this._kept.get(name)));
      script.onerror = () => (script.remove(), reject(new Error(`${name} cannot be read`)));
      document.head.append(script);
    });
  },

  hasPictures(place) {
    return place < this.run.pictures;
  },

  pictures(place) {
    return this.load(`images/${String(place).padStart(5, "0")}.js`);
  },

  async numbers(place) {
    const page = Math.floor(place / this.run.page);
    const data = await this.load(`data/numbers/${String(page).padStart(4, "0")}.js`);
    return { image: data.images[place % this.run.page], origins: data.origins };
  },

  className(index) {
    return index === null || index === undefined ? "–" : (this.run.classes[index] ?? String(index));
  },
};
