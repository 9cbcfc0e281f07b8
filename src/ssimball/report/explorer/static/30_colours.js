// Colour maps, as matplotlib has them.
"use strict";

const colours = {
  _tables: {},

  _table(name) {
    this._tables[name] ??= bytesOf(explorer.run.colours[name]);
    return this._tables[name];
  },

  // Red, green, blue of a value in [0, 1]; outside of it the colour of the end.
  at(name, value) {
    const step = 3 * Math.min(255, Math.max(0, Math.round(value * 255)));
    return this._table(name).subarray(step, step + 3);
  },

  // A bar with what its ends and middle stand for.
  legend(place, name, labels) {
    const stops = Array.from({ length: 17 }, (_, k) => `rgb(${this.at(name, k / 16).join(" ")})`);
    const bar = h("span", { class: "bar", style: `background:linear-gradient(90deg,${stops})` });
    place.replaceChildren(h("span", {}, labels[0]), bar, h("span", {}, labels[1]));
  },
};
