// Elements and numbers as text.
"use strict";

const byId = (id) => document.getElementById(id);

// An element with attributes and children; text is never read as markup.
function h(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) made.setAttribute(name, value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

const MINUS = "−";

// A number with so many digits after the point, a dash where there is none.
function fixed(value, digits = 2, signed = false) {
  if (value === null || value === undefined) return "–";
  const text = Math.abs(value).toFixed(digits);
  const sign = value < 0 && Number(text) !== 0 ? MINUS : signed ? "+" : "";
  return sign + text;
}

// A number of any size, as short as six digits of it are.
function short(value) {
  if (value === null || value === undefined) return "–";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) return value.length ? value.map(short).join(", ") : "none";
  if (typeof value !== "number") return String(value);
  return (Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)))).replace("-", MINUS);
}

// The first of a class's names, as ImageNet lists synonyms; some data sets name not all classes.
function className(index) {
  const name = explorer.className(index).split(",")[0];
  return /^\d+$/.test(name) ? `class ${name}` : name;
}

// A name that may break after its underscores.
function breakable(name) {
  return name.split("_").flatMap((part, k) => (k ? ["_", h("wbr"), part] : [part]));
}

function linkTo(id, attack, more = {}) {
  const parts = { image: id, attack: attack || undefined, ...more };
  const known = Object.entries(parts).filter(([, value]) => value !== undefined);
  return "#" + known.map(([key, value]) => `${key}=${encodeURIComponent(value)}`).join("&");
}
