// Colour maps of matplotlib.
"use strict";

const colours = {
  _tables: {},

  _table(name) {
    this._tables[name] ??= bytesOf(explorer.run.colours[name]);
    return this._tables[name];
  },

  // Return red, green, blue of a value, which is clipped to [0, 1].
  at(name, value) {
    const step = 3 * Math.min(255, Math.max(0, Math.round(value * 255)));
    return this._table(name).subarray(step, step + 3);
  },

  // Draw a colour bar with labels at its two ends.
  legend(element, name, labels) {
    const stops = Array.from({ length: 17 }, (_, k) => `rgb(${this.at(name, k / 16).join(" ")})`);
    const bar = h("span", { class: "bar", style: `background:linear-gradient(90deg,${stops})` });
    element.replaceChildren(h("span", {}, labels[0]), bar, h("span", {}, labels[1]));
  },
};
