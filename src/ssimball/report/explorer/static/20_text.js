// HTML elements, and numbers as text.
"use strict";

const byId = (id) => document.getElementById(id);

// Make an element with attributes and children. Text is never parsed as markup.
function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

// Write text as HTML that shows it.
const escaped = (text) => h("span", {}, text).innerHTML;

// Quote a name for a shell, in which it is one word whatever it holds.
const quoted = (name) => `'${name.replaceAll("'", "'\\''")}'`;

const MINUS = "−";

// Format a number with a fixed number of decimals; a dash stands for a missing value.
function fixed(value, digits = 2, signed = false) {
  if (value === null || value === undefined) return "–";
  const text = Math.abs(value).toFixed(digits);
  const sign = value < 0 && Number(text) !== 0 ? MINUS : signed ? "+" : "";
  return sign + text;
}

// Format a number of any size with up to six significant digits.
function short(value) {
  if (value === null || value === undefined) return "–";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) return value.length ? value.map(short).join(", ") : "none";
  if (typeof value !== "number") return String(value);
  return (Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)))).replace("-", MINUS);
}

// Return the first name of a class: ImageNet lists synonyms. Unnamed classes have their number.
function className(index) {
  const name = explorer.className(index).split(",")[0];
  return /^\d+$/.test(name) ? `class ${name}` : name;
}

// Allow line breaks after the underscores of a name.
function breakable(name) {
  return name.split("_").flatMap((part, k) => (k ? ["_", h("wbr"), part] : [part]));
}

function linkTo(id, attack, more = {}) {
  const parts = { image: id, attack: attack || undefined, ...more };
  const known = Object.entries(parts).filter(([, value]) => value !== undefined);
  return "#" + known.map(([key, value]) => `${key}=${encodeURIComponent(value)}`).join("&");
}
