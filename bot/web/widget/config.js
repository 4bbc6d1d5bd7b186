/* What a host page may set on the script tag; nothing else is configurable. */
import { stringsFor } from "./strings.js";

const MAX_CHARACTERS = 4000;
const MAX_SUGGESTIONS = 4;

export function readConfig(attributes) {
  const page = document.documentElement;
  const strings = stringsFor(attributes.lang || page.lang || "en");
  return {
    // Dates are written in the visitor's own variety of the language.
    locale: navigator.languages.find((tag) => tag.startsWith(strings.lang)) ?? strings.lang,
    strings,
    title: attributes.title || strings.title,
    subtitle: attributes.subtitle ?? strings.subtitle,
    welcome: attributes.welcome || strings.welcome,
    suggestions: list(attributes.suggestions) ?? strings.suggestions,
    accent: attributes.accent || "",
    theme: one(attributes.theme, "light", "dark") ?? "auto",
    // Without a word from the page: where its lines end.
    position: one(attributes.position, "left", "right") ?? "end",
    direction: one(attributes.dir, "ltr", "rtl") ?? getComputedStyle(page).direction,
    unreadInTitle: "unreadInTitle" in attributes,
    limit: Number.parseInt(attributes.maxCharacters, 10) || MAX_CHARACTERS,
  };
}

function one(value, ...allowed) {
  return allowed.find((word) => word === value);
}

function list(value) {
  if (value === undefined) return null;
  return value.split("|").map((part) => part.trim()).filter(Boolean).slice(0, MAX_SUGGESTIONS);
}
