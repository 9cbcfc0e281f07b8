// Numbers, certificate and provenance of one image under one attack.
"use strict";

const CERTIFICATE = ["primal", "dual", "gap", "multiplier", "iterations", "stopped", "solver", "solver_status", "step_gaps"];
const FIRST = ["success", "predicted", "target", "clean_margin", "margin", "mean_ssim", "min_ssim", "psnr", "l2", "linf", "l0"];
const OVERLAPS = { spearman_cam: "overlap with the CAM", partial_cam: "given texture and centre", top_share_cam: "deficit in top cells", top_iou_cam: "IoU of top cells", pointing_cam: "pointing game", share_mask: "deficit in the object" };

const facts = {
  show(numbers, attack) {
    const under = numbers.image.attacks[attack];
    const values = new Map(explorer.run.columns.map((column, k) => [column.name, under.numbers[k]]));
    byId("numbers").replaceChildren(...this.numbers(values, under));
    byId("certificate").replaceChildren(...this.certificate(values));
    byId("provenance").replaceChildren(...provenance.show(numbers, attack));
  },

  // Rows of name and value, exact value and meaning on hovering.
  rows(pairs) {
    const row = ([name, text, exact, meaning]) => h("tr", { title: meaning }, h("th", { scope: "row" }, name), h("td", { title: exact }, text));
    return h("table", { class: "pairs" }, h("tbody", {}, pairs.map(row)));
  },

  pair(name, value) {
    const { meaning } = explorer.run.columns.find((column) => column.name === name);
    const isClass = (name === "predicted" || name === "target") && value !== null;
    const text = isClass ? className(value) : short(value);
    return [name, text, value === null ? null : String(value), meaning];
  },

  numbers(values, under) {
    const status = values.get("status");
    const main = FIRST.filter((name) => values.get(name) !== null).map((name) => this.pair(name, values.get(name)));
    const rest = [...values].filter(([name, value]) => value !== null && !FIRST.includes(name) && !CERTIFICATE.includes(name));
    return [
      h("p", {}, "Status: ", h("strong", {}, status)),
      this.overlaps(under),
      main.length ? this.rows(main) : h("p", { class: "quiet" }, "There is no adversarial image, so there are no numbers of one."),
      this.folded(`${rest.length} more columns of the table`, this.rows(rest.map(([name, value]) => this.pair(name, value)))),
      this.folded("every metric of overlap", this.allOverlaps(under)),
    ];
  },

  folded(title, content) {
    return h("details", {}, h("summary", {}, title), content);
  },

  metric(under, name) {
    const place = explorer.run.metrics.indexOf(name);
    return place < 0 ? null : under.overlap[place];
  },

  overlaps(under) {
    const known = Object.entries(OVERLAPS).filter(([name]) => explorer.run.metrics.includes(name));
    const cells = known.map(([name, title]) => [title, this.metric(under, name), this.metric(under, `${name}_null`), name]);
    return this.table(["overlap", "value", "chance"], cells);
  },

  allOverlaps(under) {
    const names = explorer.run.metrics.filter((name) => !name.endsWith("_null"));
    const cells = names.map((name) => [name, this.metric(under, name), this.metric(under, `${name}_null`), name]);
    const why = Object.entries(under.reasons).map(([reason, metrics]) => h("p", { class: "quiet small" }, `No value of ${metrics.length} metrics: ${reason}.`));
    return h("div", {}, this.table(["metric", "value", "null"], cells), ...why);
  },

  table(heads, cells) {
    const row = ([title, value, chance, name]) => h("tr", {}, h("th", { scope: "row", title: name }, title), h("td", { title: value }, fixed(value, 3)), h("td", { title: chance }, fixed(chance, 3)));
    return h("table", { class: "pairs" }, h("thead", {}, h("tr", {}, heads.map((head) => h("th", { scope: "col" }, head)))), h("tbody", {}, cells.map(row)));
  },

  certificate(values) {
    if (values.get("dual") === null) {
      return [h("p", { class: "quiet" }, "None: only the SSIM ball proves how good its perturbation is.")];
    }
    const [primal, dual] = [values.get("primal"), values.get("dual")];
    const part = dual > 0 ? `${fixed((100 * primal) / dual, 3)} %` : "all";
    const known = CERTIFICATE.filter((name) => values.get(name) !== null && values.get(name) !== undefined);
    return [
      h("p", {}, `The perturbation found reaches ${part} of what is proven to be the most that any in the ball can reach, in the direction of the gradient.`),
      this.rows(known.map((name) => this.pair(name, values.get(name)))),
      h("p", { class: "quiet small" }, "It speaks of the last linear problem, not of the network's loss. docs/formats.md says how to check it from the stored row."),
    ];
  },
};
