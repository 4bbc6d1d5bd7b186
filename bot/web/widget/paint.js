/* Colours: the page's accent, and letters on it that can be read. */

// Of this luminance and above, black letters stand out more than white ones (WCAG contrast).
const BRIGHT = 0.179;

/** A strict policy forbids style attributes in markup, not through the CSSOM. */
export function paint(host, root, sample, { accent, theme }) {
  if (accent) host.style.setProperty("--frontdesk-accent", accent);
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    root.dataset.scheme = theme === "auto" ? (dark.matches ? "dark" : "light") : theme;
    // The computed colour: a page may name it in any form, by attribute or by variable.
    root.dataset.accent = luminance(getComputedStyle(sample).backgroundColor) < BRIGHT ? "deep" : "bright";
  };
  dark.addEventListener("change", apply);
  apply();
}

function luminance(colour) {
  const [red, green, blue] = (colour.match(/[\d.]+/g) ?? [0, 0, 0]).map((part) => linear(part / 255));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function linear(part) {
  return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
}
