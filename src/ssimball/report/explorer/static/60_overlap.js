// Overlap at a threshold, as ssimball.overlap defines it: what the panel shows can be recomputed.
"use strict";

const overlap = {
  // Membership in the round(top * cells) largest; cells tied at the threshold share what is left.
  topCells(values, top) {
    const smallest = Math.min(...values);
    if (smallest === Math.max(...values)) return null;
    const count = Math.min(Math.max(this.roundHalfEven(top * values.length), 1), values.length);
    const threshold = [...values].sort((a, b) => b - a)[count - 1];
    const above = values.filter((value) => value > threshold).length;
    const tied = values.filter((value) => value === threshold).length;
    const part = (count - above) / tied;
    return values.map((value) => (value > threshold ? 1 : value === threshold ? part : 0));
  },

  roundHalfEven(value) {
    const whole = Math.floor(value);
    if (value - whole !== 0.5) return Math.round(value);
    return whole % 2 ? whole + 1 : whole;
  },

  // Share of the deficit in chosen cells.
  share(deficit, chosen) {
    const total = deficit.reduce((sum, value) => sum + value, 0);
    return total > 0 ? deficit.reduce((sum, value, k) => sum + value * chosen[k], 0) / total : null;
  },

  union(first, second) {
    const sum = (f) => first.reduce((total, value, k) => total + f(value, second[k]), 0);
    return sum(Math.min) / sum(Math.max);
  },
};
