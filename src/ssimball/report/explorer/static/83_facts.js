// Show numbers, certificate and provenance of one image under one attack.
"use strict";

const CERTIFICATE = ["primal", "dual", "gap", "multiplier", "iterations", "stopped", "certified_model", "certified_boundary", "certified_step", "steps", "stored_as", "first_dual", "first_value", "solver", "solver_status", "step_gaps"];
const FIRST = ["success", "predicted", "target", "clean_margin", "margin", "mean_ssim", "min_ssim", "psnr", "l2", "linf", "l0"];
const OVERLAPS = { spearman_cam: "overlap with the CAM", partial_cam: "overlap, given texture and centre", top_share_cam: "SSIM deficit in top cells", top_iou_cam: "IoU of top cells", pointing_cam: "pointing game", share_mask: "SSIM deficit in the object" };
const facts = {
  show(numbers, attack) {
    const under = numbers.image.attacks[attack];
    const values = new Map(explorer.run.columns.map((column, k) => [column.name, under.numbers[k]]));
    byId("numbers").replaceChildren(...this.numbers(values, under));
    byId("certificate").replaceChildren(...this.certificate(values));
    byId("provenance").replaceChildren(...provenance.show(numbers, attack));
  },

  // Make a table of names and values. Hovering shows the exact value and the meaning.
  rows(pairs) {
    const row = ([name, text, exact, meaning]) => h("tr", { title: meaning }, h("th", { scope: "row" }, name), h("td", { title: exact }, text));
    return h("table", { class: "pairs" }, h("tbody", {}, pairs.map(row)));
  },

  pair(name, value) {
    const { title, meaning } = explorer.run.columns.find((column) => column.name === name);
    const isClass = (name === "predicted" || name === "target") && value !== null;
    const text = isClass ? className(value) : short(value);
    return [title, text, value === null ? null : String(value), `${name}: ${meaning}`];
  },

  numbers(values, under) {
    const status = values.get("status");
    const main = FIRST.filter((name) => values.get(name) !== null).map((name) => this.pair(name, values.get(name)));
    const others = [...values].filter(([name, value]) => value !== null && !FIRST.includes(name) && !CERTIFICATE.includes(name));
    return [
      h("p", {}, "Status: ", h("strong", {}, status)),
      this.overlaps(under),
      main.length ? this.rows(main) : h("p", { class: "quiet" }, "There is no adversarial image."),
      this.folded(`other columns of the attacks table (${others.length})`, this.rows(others.map(([name, value]) => this.pair(name, value)))),
      this.folded("all overlap metrics", this.allOverlaps(under)),
    ];
  },

  folded(title, content) {
    return h("details", {}, h("summary", {}, title), content);
  },

  // Name, value and null of a metric, for a row of the table.
  metric(under, name, title) {
    const index = explorer.run.metrics.indexOf(name);
    return [title, under.overlap[index], under.nulls[index], name];
  },

  overlaps(under) {
    const known = Object.entries(OVERLAPS).filter(([name]) => explorer.run.metrics.includes(name));
    const cells = known.map(([name, title]) => this.metric(under, name, title));
    return this.table(["overlap", "value", "other images' CAMs"], cells);
  },

  allOverlaps(under) {
    const cells = explorer.run.metrics.map((name) => this.metric(under, name, name));
    const reasons = Object.entries(under.reasons).map(([reason, metrics]) => h("p", { class: "quiet small" }, `${metrics.length} metrics have no value: ${reason}.`));
    return h("div", {}, this.table(["metric", "value", "other images' maps"], cells), ...reasons);
  },

  table(heads, cells) {
    const row = ([title, value, other, name]) => h("tr", {}, h("th", { scope: "row", title: name }, title), h("td", { title: value }, fixed(value, 3)), h("td", { title: other }, fixed(other, 3)));
    return h("table", { class: "pairs" }, h("thead", {}, h("tr", {}, heads.map((head) => h("th", { scope: "col" }, head)))), h("tbody", {}, cells.map(row)));
  },

  certificate(values) {
    if (values.get("dual") === null) {
      return [h("p", { class: "quiet" }, "None. Only attacks in the SSIM ball bound how far their perturbation is from the optimum.")];
    }
    const [primal, dual] = [values.get("primal"), values.get("dual")];
    const reached = dual > 0 ? `${fixed((100 * primal) / dual, 3)} %` : "all";
    const known = CERTIFICATE.filter((name) => values.get(name) !== null && values.get(name) !== undefined);
    return [
      h("p", {}, `Along the gradient, the perturbation reaches ${reached} of the proven upper bound for all perturbations in the ball.`),
      this.rows(known.map((name) => this.pair(name, values.get(name)))),
      h("p", { class: "quiet small" }, "The certificate concerns this perturbation before it was scaled or rounded, and the linear problem of the step named above, not the network's loss. docs/formats.md explains how to check it from the stored row."),
    ];
  },
};
