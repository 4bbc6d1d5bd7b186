/* Building elements without markup: text stays text. */

const SVG = "http://www.w3.org/2000/svg";

const ICONS = {
  chat: "M4.5 6.5a2 2 0 0 1 2-2h11a2 2 0 0 1 2 2v7.5a2 2 0 0 1-2 2h-5.6L7.5 20v-4h-1a2 2 0 0 1-2-2ZM8.5 8.9h7M8.5 11.9h4.5",
  bell: "M6 16.5c1.2-1.3 1.5-2.5 1.5-6a4.5 4.5 0 0 1 9 0c0 3.5.3 4.7 1.5 6ZM10 19.5a2.1 2.1 0 0 0 4 0",
  close: "M6.5 6.5l11 11M17.5 6.5l-11 11",
  down: "M7 10l5 5 5-5",
  next: "M10 7l5 5-5 5",
  save: "M12 4.5v10M8 11l4 4 4-4M5 19.5h14",
  send: "M12 19V5.5M6 11.3l6-6 6 6",
  leaf: "M5.5 19c0-9 5-13.5 13.5-14 .4 8.5-4 13.5-11 12.5M5.5 19c1.5-4 4-6.5 7.5-8.5",
  star: "M12 4.3l2.4 4.9 5.3.8-3.9 3.7.9 5.3-4.7-2.5-4.7 2.5.9-5.3-3.9-3.7 5.3-.8Z",
  up: "M7.5 11v8h-3v-8ZM7.5 11l3.8-6.5c1.5 0 2.3 1.2 1.9 2.6L12.5 10h5.2c1.2 0 2 1.1 1.7 2.2l-1.5 5.3c-.2.9-1 1.5-1.9 1.5H7.5",
};

export function el(tag, { text, on, ...attributes } = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) node.setAttribute(name, "");
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  if (text !== undefined) node.textContent = text;
  for (const [event, handler] of Object.entries(on ?? {})) node.addEventListener(event, handler);
  node.append(...children);
  return node;
}

export function icon(name, extra = "") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", `icon ${extra}`.trim());
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

export function iconButton(name, label, click, attributes = {}) {
  return el("button", { type: "button", "aria-label": label, title: label, on: { click }, ...attributes }, icon(name));
}

const ADDRESS = /https?:\/\/[^\s<>"'`]+/gi;
// A full stop or bracket after an address belongs to the sentence.
const TAIL = /[.,;:!?)\]}…。，、；：！？）】]+$/;

export function linkify(text) {
  const parts = document.createDocumentFragment();
  let from = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = match[0].replace(TAIL, "");
    if (!isWebAddress(address)) continue;
    parts.append(text.slice(from, match.index));
    parts.append(el("a", { href: address, target: "_blank", rel: "noopener noreferrer nofollow", text: address }));
    from = match.index + address.length;
  }
  parts.append(text.slice(from));
  return parts;
}

function isWebAddress(text) {
  try {
    return ["http:", "https:"].includes(new URL(text).protocol);
  } catch {
    return false;
  }
}
