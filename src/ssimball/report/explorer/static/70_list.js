// The list of images, one row each: all measures of one attack, or one measure of all attacks.
"use strict";

const list = {
  table: null,
  choice: { attack: "", measure: "spearman_cam", outcome: "" },

  start() {
    explorer.pages.sort((a, b) => a.first - b.first);
    this.rows = explorer.pages.flatMap((page) => page.id.map((_, row) => ({ page, row })));
    this.positions = new Map(this.rows.map((at, position) => [at.page.id[at.row], position]));
    const { measures } = explorer.run;
    if (!measures.some((measure) => measure.name === this.choice.measure)) this.choice.measure = measures[0].name;
    byId("list-measure").append(...measures.map(({ name, title }) => h("option", { value: name }, title)));
    byId("list-measure").value = this.choice.measure;
    for (const name of ["attack", "measure", "outcome"]) {
      byId(`list-${name}`).addEventListener("change", (event) => this.choose(name, event.target.value));
    }
    byId("list-search").addEventListener("input", (event) => this.table.search(event.target.value).draw());
    byId("list-controls").addEventListener("submit", (event) => event.preventDefault());
    this.build();
  },

  choose(name, value) {
    this.choice[name] = value;
    byId(`list-${name}`).value = value;
    if (name === "outcome") this.table.draw();
    else this.build();
  },

  // List the images of an attack: those of an outcome only, or in the order of a measure.
  show(attack, outcome, measure) {
    this.choice.outcome = ["fooled", "held", "none"].includes(outcome) ? outcome : "";
    byId("list-outcome").value = this.choice.outcome;
    this.choose("attack", attack);
    const [sorted, direction = "desc"] = (measure ?? "").split(":");
    const column = explorer.run.measures.findIndex(({ name }) => name === sorted);
    if (column >= 0) this.table.order([listColumns.common().length + column, direction]).draw();
  },

  // Return the value of a measure of an image, null where there is none.
  value(at, attack, measure) {
    return at.page.attacks[attack][measure]?.[at.row] ?? null;
  },

  // Return the position of an image in the subset.
  position(at) {
    return at.page.first + at.row;
  },

  // Return whether an image has the chosen outcome under the chosen attack, or under any attack.
  passes(at) {
    const { attack, outcome } = this.choice;
    if (!outcome) return true;
    const names = attack ? [attack] : explorer.run.attacks.map((item) => item.name);
    return names.some((name) => {
      const success = this.value(at, name, "success");
      return success === (outcome === "none" ? null : outcome === "fooled");
    });
  },

  build() {
    const { attack, measure } = this.choice;
    byId("list-measure-label").hidden = Boolean(attack);
    const chosen = explorer.run.measures.find(({ name }) => name === measure);
    byId("list-meaning").textContent = attack ? "Hover over a heading for its meaning." : `${chosen.title}: ${chosen.meaning}`;
    const order = this.table?.order();
    this.table?.destroy();
    byId("list").replaceChildren();
    const columns = [...listColumns.common(), ...(attack ? listColumns.ofAttack(attack) : listColumns.ofMeasure(chosen))];
    this.table = window.itables.jQuery("#list").DataTable(this.options(columns));
    this.table.search.fixed("outcome", (_, row) => this.passes(row));
    this.table.search(byId("list-search").value);
    if (order?.every(([column]) => column < columns.length)) this.table.order(order);
    this.table.draw();
  },

  options(columns) {
    return {
      data: this.rows,
      columns,
      order: [[0, "asc"]],
      pageLength: 25,
      lengthMenu: [10, 25, 50, 100],
      deferRender: true,
      autoWidth: false,
      layout: { topStart: null, topEnd: null, bottomStart: ["info", "pageLength"], bottomEnd: "paging" },
      language: { emptyTable: "This run has no images.", zeroRecords: "No image matches.", infoEmpty: "No images", info: "_START_ to _END_ of _TOTAL_ images", infoFiltered: "(of _MAX_)", lengthMenu: "_MENU_ per page" },
    };
  },

  // Return the ids of the listed images in the present order.
  shown() {
    const rows = this.table.rows({ search: "applied", order: "applied" }).data().toArray();
    return rows.map((at) => at.page.id[at.row]);
  },
};
