// The explorer's data. A page on disk may load scripts but fetch nothing, so every data file is a
// script that calls explorer.receive with its name.
"use strict";

const explorer = {
  run: null,
  pages: [], // rows of the list, page by page
  _cache: new Map(),
  _cacheSize: 8, // data files loaded on demand, a few megabytes each

  receive(name, data) {
    if (name === "run") this.run = data;
    else if (name.startsWith("data/rows/")) this.pages.push(data);
    else this._store(name, data);
  },

  _store(name, data) {
    this._cache.delete(name);
    this._cache.set(name, data);
    if (this._cache.size > this._cacheSize) this._cache.delete(this._cache.keys().next().value);
  },

  // Return the data of a file, and load its script first if necessary.
  load(name) {
    if (this._cache.has(name)) {
      this._store(name, this._cache.get(name));
      return Promise.resolve(this._cache.get(name));
    }
    return new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = name;
      script.onload = () => (script.remove(), resolve(this._cache.get(name)));
      script.onerror = () => (script.remove(), reject(new Error(`${name} cannot be read`)));
      document.head.append(script);
    });
  },

  hasPictures(position) {
    return position < this.run.pictures;
  },

  pictures(position) {
    return this.load(`images/${String(position).padStart(5, "0")}.js`);
  },

  async numbers(position) {
    const page = Math.floor(position / this.run.page);
    const data = await this.load(`data/numbers/${String(page).padStart(4, "0")}.js`);
    return { image: data.images[position % this.run.page], origins: data.origins };
  },

  className(index) {
    return index === null || index === undefined ? "–" : (this.run.classes[index] ?? String(index));
  },
};
