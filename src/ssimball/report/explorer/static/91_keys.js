// Keyboard shortcuts, and the address, which determines the view.
"use strict";

const route = {
  start() {
    addEventListener("hashchange", () => this.follow());
    this.follow();
  },

  // image=...&attack=...&top=... opens an image; attack=... alone lists the images of an attack, those
  // of an outcome, or sorted by a measure, largest first.
  follow() {
    const view = new URLSearchParams(location.hash.slice(1));
    if (view.has("image")) {
      const [image, attack, top] = ["image", "attack", "top"].map((name) => view.get(name));
      return viewer.open({ image, attack, top: Number(top) });
    }
    if (byId("viewer").open) byId("viewer").close();
    if (explorer.run.attacks.some(({ name }) => name === view.get("attack"))) {
      list.show(view.get("attack"), view.get("outcome"), view.get("sort"));
      byId("images").scrollIntoView();
    }
  },

  go(link) {
    location.replace(link);
  },
};

const keys = {
  start() {
    document.addEventListener("keydown", (event) => this.pressed(event));
    for (const button of document.querySelectorAll("[data-opens]")) {
      button.addEventListener("click", () => this.open(byId(button.dataset.opens)));
    }
  },

  // Show a dialog from its top, not from the button at its end.
  open(dialog) {
    dialog.showModal();
    dialog.querySelector("h2").focus();
  },

  pressed(event) {
    const isTyping = event.ctrlKey || event.altKey || event.metaKey || event.target.closest("input, select, textarea");
    if (isTyping || byId("help").open) return;
    if (event.key === "?") return this.open(byId("help"));
    if (!byId("viewer").open || !viewer.image) return;
    if (event.key === " " && event.target.closest("button, a, summary")) return;
    const action = this.actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  },

  actions: {
    ArrowLeft: () => route.go(byId("viewer-previous").href),
    ArrowRight: () => route.go(byId("viewer-next").href),
    ArrowUp: () => keys.attack(-1),
    ArrowDown: () => keys.attack(1),
    " ": () => compare.flip(),
    b: () => compare.blink(),
  },

  attack(step) {
    route.go(linkTo(viewer.image, viewer.nextAttack(step)));
  },
};
