// Columns of the list for DataTables: the text shown, and the values sorted and searched by.
"use strict";

// DataTables writes what is displayed as HTML: names and statuses become text first.
const asText = (value, type) => (type === "display" && typeof value === "string" ? escaped(value) : value);

const listColumns = {
  common() {
    const text = (title, value, more = {}) => ({ title, data: (at, type) => value(at, type), render: asText, ...more });
    const page = (name) => (at) => at.page[name][at.row];
    return [
      text("#", (at) => list.position(at), { className: "number", type: "num" }),
      { title: "Image", type: "string", className: "name", data: page("id"), render: asText, createdCell: this.nameCell },
      text("Class", (at) => this.classes(at), { createdCell: this.wrongCell }),
    ];
  },

  // DataTables sorts by the number and shows text.
  plain(value, type, digits, signed) {
    if (type === "sort" || type === "type") return value ?? -Infinity;
    return fixed(value, digits, signed);
  },

  // Show the true class and, where it differs, the predicted one, or why there is no image.
  classes(at) {
    const [status, label, predicted] = ["status", "label", "predicted"].map((name) => at.page[name][at.row]);
    const trueClass = className(label);
    if (status !== "ok") return `${trueClass}; ${status}`;
    return predicted === label ? trueClass : `${trueClass}, predicted as ${className(predicted)}`;
  },

  nameCell(cell, id, at) {
    const position = list.position(at);
    const thumbnail = h("img", { class: "small", loading: "lazy", alt: "", width: 40, height: 40, src: `images/${String(position).padStart(5, "0")}.jpg` });
    const link = h("a", { href: linkTo(id, list.choice.attack) }, id);
    cell.replaceChildren(h("span", { class: "named" }, explorer.hasPictures(position) ? thumbnail : null, link));
  },

  wrongCell(cell, _, at) {
    if (at.page.correct[at.row] !== true) cell.classList.add("wrong");
  },

  ofAttack(attack) {
    return explorer.run.measures.map((measure) => this.column(attack, measure, measure.title));
  },

  ofMeasure(measure) {
    return explorer.run.attacks.map(({ name }) => this.column(name, measure, name));
  },

  column(attack, measure, title) {
    const value = (at) => list.value(at, attack, measure.name);
    const shown = {
      success: (at, type) => (type === "sort" ? value(at) ?? -1 : this.outcome(at, attack)),
      predicted: (at, type) => (value(at) === null ? (type === "sort" ? "" : "–") : className(value(at))),
    };
    const plain = (at, type) => this.plain(value(at), type, measure.digits, measure.signed);
    return {
      title: h("span", { title: measure.meaning }, breakable(title)).outerHTML,
      data: shown[measure.name] ?? plain,
      render: asText,
      type: measure.name === "predicted" ? "string" : "num",
      className: measure.name === "predicted" ? "" : "number",
      orderSequence: ["desc", "asc", ""],
      createdCell: (cell, _, at) => this.numberCell(cell, at, attack, measure, value(at)),
    };
  },

  outcome(at, attack) {
    const success = list.value(at, attack, "success");
    if (success !== null) return success ? "yes" : "no";
    return list.value(at, attack, "status").split(":")[0];
  },

  // Link every number to its image under that attack.
  numberCell(cell, at, attack, measure, value) {
    const id = at.page.id[at.row];
    const about = { href: linkTo(id, attack), title: `${attack}: ${list.value(at, attack, "status")}`, class: "quiet-link" };
    cell.replaceChildren(h("a", about, cell.textContent));
    if (measure.name === "success" && value !== null) cell.classList.add(value ? "fooled" : "held");
    if (measure.signed && value !== null) {
      cell.classList.add(value > 0 ? "more" : "less");
      cell.style.setProperty("--much", `${Math.min(Math.abs(value), 1) * 45}%`);
    }
  },
};
