// Begins once the page, the list's rows and DataTables are there.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => document.documentElement.classList.toggle("dark", dark.matches); // DataTables' own
  dark.addEventListener("change", follow);
  follow();
  list.start();
  viewer.start();
  keys.start();
  route.start();
  document.documentElement.dataset.ready = "yes";
});
