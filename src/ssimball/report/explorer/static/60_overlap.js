// Overlap of top cells at any threshold, by the definitions of ssimball.overlap.
"use strict";

const overlap = {
  // Membership in the round(top * cells) largest cells. Cells tied at the threshold share the
  // remaining membership equally.
  topCells(values, top) {
    const smallest = Math.min(...values);
    if (smallest === Math.max(...values)) return null;
    const count = Math.min(Math.max(this.roundHalfEven(top * values.length), 1), values.length);
    const threshold = [...values].sort((a, b) => b - a)[count - 1];
    const above = values.filter((value) => value > threshold).length;
    const tied = values.filter((value) => value === threshold).length;
    const tiedShare = (count - above) / tied;
    return values.map((value) => (value > threshold ? 1 : value === threshold ? tiedShare : 0));
  },

  roundHalfEven(value) {
    const floor = Math.floor(value);
    if (value - floor !== 0.5) return Math.round(value);
    return floor % 2 ? floor + 1 : floor;
  },

  // Share of the SSIM deficit in the chosen cells.
  share(deficit, chosen) {
    const total = deficit.reduce((sum, value) => sum + value, 0);
    return total > 0 ? deficit.reduce((sum, value, k) => sum + value * chosen[k], 0) / total : null;
  },

  // Intersection over union of two sets of cells.
  intersectionOverUnion(first, second) {
    const sum = (f) => first.reduce((total, value, k) => total + f(value, second[k]), 0);
    return sum(Math.min) / sum(Math.max);
  },
};
