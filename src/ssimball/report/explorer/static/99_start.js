// Start once the page, the rows of the list and DataTables are loaded.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => document.documentElement.classList.toggle("dark", dark.matches); // for DataTables
  dark.addEventListener("change", follow);
  follow();
  list.start();
  viewer.start();
  keys.start();
  route.start();
  document.documentElement.dataset.ready = "yes";
});
