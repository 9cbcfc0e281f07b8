// The list of images: one row each, numbers of one attack or of all attacks.
"use strict";

const list = {
  table: null,
  choice: { attack: "", measure: "spearman_cam", outcome: "" },

  start() {
    explorer.pages.sort((a, b) => a.first - b.first);
    this.rows = explorer.pages.flatMap((page) => page.id.map((_, row) => ({ page, row })));
    this.places = new Map(this.rows.map((at, place) => [at.page.id[at.row], place]));
    const { measures } = explorer.run;
    if (!measures.some((one) => one.name === this.choice.measure)) this.choice.measure = measures[0].name;
    byId("list-measure").append(...measures.map((one) => h("option", { value: one.name }, one.title)));
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

  // Value of a measure of an image, null where there is none.
  value(at, attack, measure) {
    return at.page.attacks[attack][measure]?.[at.row] ?? null;
  },

  place(at) {
    return at.page.first + at.row;
  },

  // Whether an image is shown, by what became of it under the chosen attack or under any.
  passes(at) {
    const { attack, outcome } = this.choice;
    if (!outcome) return true;
    const names = attack ? [attack] : explorer.run.attacks.map((one) => one.name);
    return names.some((name) => {
      const success = this.value(at, name, "success");
      return success === (outcome === "none" ? null : outcome === "fooled");
    });
  },

  build() {
    const { attack, measure } = this.choice;
    byId("list-measure-label").hidden = Boolean(attack);
    const of = (name) => explorer.run.measures.find((one) => one.name === name);
    byId("list-meaning").textContent = attack ? "Hover over a heading for its meaning." : `${of(measure).title}: ${of(measure).meaning}`;
    const order = this.table?.order();
    this.table?.destroy();
    byId("list").replaceChildren();
    const columns = [...listColumns.common(), ...(attack ? listColumns.ofAttack(attack) : listColumns.ofMeasure(of(measure)))];
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
      language: { emptyTable: "This run has no images.", zeroRecords: "No image is like this.", infoEmpty: "No images", info: "_START_ to _END_ of _TOTAL_ images", infoFiltered: "(of _MAX_)", lengthMenu: "_MENU_ a page" },
    };
  },

  // Ids in the order of the list as it is sorted and filtered now.
  shown() {
    const rows = this.table.rows({ search: "applied", order: "applied" }).data().toArray();
    return rows.map((at) => at.page.id[at.row]);
  },
};
