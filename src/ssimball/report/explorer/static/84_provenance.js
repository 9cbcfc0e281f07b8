// Show where the numbers and pictures of an image come from: file, row, hashes, packages, seed.
"use strict";

const provenance = {
  show(numbers, attack) {
    const { image, origins } = numbers;
    const sources = [...image.sources, ...image.attacks[attack].sources];
    const origin = origins[image.attacks[attack].sources[0][0]];
    return [
      this.source(image),
      h("p", {}, "Tables and rows, counted from 0:"),
      h("table", { class: "pairs sources" }, h("tbody", {}, sources.map((source) => this.row(source, origins)))),
      h("p", {}, "To read the row in Python, in the folder of the run:"),
      h("pre", { class: "code", tabindex: 0 }, this.snippet(image.attacks[attack].sources[0])),
      facts.rows([["seed", String(explorer.run.seed)], ["device", origin.device]]),
      facts.folded("settings of the attack", h("pre", { tabindex: 0 }, JSON.stringify(origin.stage, null, 1))),
      facts.folded("package versions", facts.rows(Object.entries(origin.packages))),
      h("p", { class: "quiet small" }, h("a", { href: "../checksums.sha256" }, "checksums.sha256"), " lists the sha256 of every file. Content hashes exclude timings, so they agree between equal runs."),
    ];
  },

  source(image) {
    const more = Object.entries(JSON.parse(image.extra));
    const rows = [["image", image.id], ["sha256 of the source", image.sha256 ?? "–", null, "Hash of the file; for the demo, of the pixels."]];
    if (image.mask_sha256) rows.push(["sha256 of the mask", image.mask_sha256]);
    return facts.rows([...rows, ...more.map(([name, value]) => [name, String(value)])]);
  },

  row([path, row], origins) {
    const { content, code } = origins[path];
    const file = h("a", { href: `../${path}` }, path);
    const hash = (name, value) => h("span", { class: "hash", title: value }, `${name} `, h("code", {}, value.slice(0, 12)), " ");
    return h("tr", {}, h("th", { scope: "row" }, file, h("br"), hash("content", content), hash("code", code)), h("td", {}, `row ${row}`));
  },

  snippet([path, row]) {
    return `import pandas\npandas.read_parquet("${path}").iloc[${row}]`;
  },
};
