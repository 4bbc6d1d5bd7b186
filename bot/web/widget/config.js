/* What a host page may set on the script tag, with defaults; nothing else is configurable. */
import { stringsFor } from "./strings.js";

const MAX_CHARACTERS = 4000;

export async function readConfig(attributes) {
  const lang = attributes.lang || document.documentElement.lang || "en";
  const strings = await stringsFor(lang);
  return {
    lang: localeFor(lang),
    strings,
    title: attributes.title || strings.title,
    subtitle: attributes.subtitle || strings.subtitle,
    welcome: attributes.welcome || strings.welcome,
    suggestions: list(attributes.suggestions) ?? strings.suggestions,
    accent: attributes.accent || "",
    theme: ["light", "dark"].includes(attributes.theme) ? attributes.theme : "auto",
    position: attributes.position === "left" ? "left" : "right",
    direction: attributes.dir || document.documentElement.dir || "ltr",
    limit: Number.parseInt(attributes.maxCharacters, 10) || MAX_CHARACTERS,
  };
}

function list(value) {
  if (value === undefined) return null;
  return value.split("|").map((part) => part.trim()).filter(Boolean).slice(0, 4);
}

/** Dates are written in the visitor's own variety of the page's language. */
function localeFor(lang) {
  const own = navigator.languages.find((tag) => tag.split("-")[0] === lang.split("-")[0]);
  try {
    return Intl.getCanonicalLocales(own ?? lang)[0] ?? "en";
  } catch {
    return "en";
  }
}

/** Black or white, whichever reads better on a `#rrggbb` colour. */
export function inkOn(colour) {
  const match = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(colour);
  if (!match) return "";
  const [red, green, blue] = match.slice(1).map((part) => linear(Number.parseInt(part, 16) / 255));
  const luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  // Where white and black have the same WCAG contrast.
  return luminance > 0.179 ? "#111111" : "#ffffff";
}

function linear(value) {
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}
