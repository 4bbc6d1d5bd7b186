/* The frame around the conversation: launcher, header, notices, welcome, composer. Knows nothing about messages. */
import { el, icon, iconButton } from "./dom.js";
import { css } from "./style.js";

// The least height of one, px.
const KEYBOARD = 100;

export class Panel {
  #config;
  #actions;
  #root;
  #panel;
  #launcher;
  #badge;
  #subtitle;
  #notice;
  #welcome;
  scroller;

  /** `actions`: opened(), closed(), save(), suggest(text). */
  constructor(config, actions) {
    this.#config = config;
    this.#actions = actions;
    this.scroller = el("div", { class: "scroll", tabindex: "0" });
    this.#welcome = this.#makeWelcome();
    this.scroller.append(this.#welcome);
    this.#notice = el("p", { class: "notice", role: "status" });
    this.#panel = el("section", { class: "panel", role: "dialog", "aria-label": config.title, id: "panel", hidden: true });
    this.#panel.append(this.#makeHeader(), this.#notice, this.scroller);
    this.#badge = el("span", { class: "badge", "aria-hidden": "true", hidden: true });
    this.#launcher = iconButton("chat", config.strings.open, () => this.toggle(), {
      class: "launcher", "aria-expanded": "false", "aria-controls": "panel",
    });
    this.#launcher.append(icon("down", "when-open"), this.#badge);
    this.#root = el("div", { class: "frontdesk", dir: config.direction, lang: config.strings.lang, "data-position": config.position });
    this.#root.append(this.#panel, this.#launcher);
    this.#panel.addEventListener("keydown", (event) => event.key === "Escape" && this.close());
  }

  mount(composer) {
    this.#panel.append(composer);
    const host = document.createElement("frontdesk-widget");
    const shadow = host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    shadow.adoptedStyleSheets = [sheet];
    shadow.append(this.#root);
    this.#paint(host);
    this.#fitKeyboard();
    document.body.append(host);
    return host;
  }

  get isOpen() {
    return !this.#panel.hidden;
  }

  open() {
    if (this.isOpen) return;
    this.#panel.hidden = false;
    this.#show(true);
    this.#actions.opened();
  }

  close() {
    if (!this.isOpen) return;
    this.#panel.hidden = true;
    this.#show(false);
    this.#launcher.focus();
    this.#actions.closed();
  }

  toggle() {
    if (this.isOpen) this.close();
    else this.open();
  }

  notify(text) {
    this.#notice.textContent = text;
  }

  subtitle(text) {
    this.#subtitle.textContent = text;
  }

  welcome(withSuggestions) {
    this.#welcome.querySelector(".choices").hidden = !withSuggestions;
  }

  unread(count) {
    const { strings } = this.#config;
    this.#badge.hidden = count === 0;
    this.#badge.textContent = count > 9 ? "9+" : String(count);
    if (!this.isOpen) this.#label(count ? strings.openUnread(count) : strings.open);
  }

  #show(open) {
    this.#root.classList.toggle("open", open);
    this.#launcher.setAttribute("aria-expanded", String(open));
    this.#label(open ? this.#config.strings.close : this.#config.strings.open);
  }

  #label(text) {
    this.#launcher.setAttribute("aria-label", text);
    this.#launcher.title = text;
  }

  #makeHeader() {
    const { strings, title, subtitle } = this.#config;
    this.#subtitle = el("p", { text: subtitle });
    return el("header", {},
      el("div", { class: "mark", "aria-hidden": "true" }, icon("leaf")),
      el("div", { class: "names" }, el("h2", { text: title }), this.#subtitle),
      iconButton("save", strings.save, () => this.#actions.save(), { class: "plain" }),
      iconButton("close", strings.close, () => this.close(), { class: "plain" }));
  }

  #makeWelcome() {
    const { strings, welcome, suggestions } = this.#config;
    const chips = suggestions.map((text) =>
      el("button", { type: "button", class: "chip", text, on: { click: () => this.#actions.suggest(text) } })
    );
    return el("div", { class: "welcome" },
      el("div", { class: "message bot" },
        el("div", { class: "avatar", "aria-hidden": "true" }, icon("leaf")),
        el("div", { class: "body" },
          el("div", { class: "bubble", dir: "auto", text: welcome }),
          el("div", { class: "choices", role: "group", "aria-label": strings.choices }, ...chips))));
  }

  /** A strict policy forbids style attributes in markup, not through the CSSOM. */
  #paint(host) {
    const { accent, theme } = this.#config;
    if (accent) host.style.setProperty("--frontdesk-accent", accent);
    if (inkOn(accent)) host.style.setProperty("--frontdesk-on-accent", inkOn(accent));
    const dark = window.matchMedia("(prefers-color-scheme: dark)");
    const apply = () => (this.#root.dataset.scheme = theme === "auto" ? (dark.matches ? "dark" : "light") : theme);
    dark.addEventListener("change", apply);
    apply();
  }

  /** A phone's keyboard covers the page; the panel takes what is left. */
  #fitKeyboard() {
    const view = window.visualViewport;
    view.addEventListener("resize", () => {
      const covered = window.innerHeight - view.height > KEYBOARD;
      this.#panel.style.height = covered ? `${view.height}px` : "";
    });
  }
}

/** Black or white, whichever reads better on a `#rrggbb` colour. */
function inkOn(colour) {
  const parts = /^#(..)(..)(..)$/.exec(colour)?.slice(1).map((part) => Number.parseInt(part, 16));
  if (!parts) return "";
  const [red, green, blue] = parts;
  // Perceived brightness (YIQ), 0 to 255.
  return red * 0.299 + green * 0.587 + blue * 0.114 > 150 ? "#111111" : "#ffffff";
}

const NEARLY_FULL = 0.8;
const TALLEST = 132;

export class Composer {
  #limit;
  #strings;
  #submit;
  #input;
  #button;
  #counter;

  constructor({ strings, limit }, submit) {
    this.#limit = limit;
    this.#strings = strings;
    this.#submit = submit;
    this.#input = el("textarea", {
      rows: 1, placeholder: strings.placeholder, "aria-label": strings.placeholder, enterkeyhint: "send", dir: "auto",
      "aria-describedby": "counter", on: { input: () => this.#changed(), keydown: (event) => this.#key(event) },
    });
    this.#button = el("button", { class: "send", "aria-label": strings.send, title: strings.send, disabled: true }, icon("send"));
    this.#counter = el("p", { class: "counter", id: "counter", role: "status" });
    this.element = el("form", { class: "composer", on: { submit: (event) => this.#sent(event) } },
      this.#counter, el("div", { class: "field" }, this.#input, this.#button));
  }

  focus() {
    this.#input.focus({ preventScroll: true });
  }

  giveBack(text) {
    if (this.#input.value) return;
    this.#input.value = text;
    this.#changed();
  }

  /** The gateway counts characters, not UTF-16 units. */
  #left() {
    return this.#limit - Array.from(this.#input.value).length;
  }

  #changed() {
    const left = this.#left();
    const { tooLong, left: remaining } = this.#strings;
    const shown = left < this.#limit * (1 - NEARLY_FULL);
    this.#counter.textContent = left < 0 ? tooLong(-left) : shown ? remaining(left) : "";
    this.#counter.classList.toggle("over", left < 0);
    this.#button.disabled = left < 0 || !this.#input.value.trim();
    this.#input.style.height = "auto";
    this.#input.style.height = `${Math.min(this.#input.scrollHeight, TALLEST)}px`;
  }

  #key(event) {
    // While an input method composes, Enter picks a word.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.#sent(event);
  }

  #sent(event) {
    event.preventDefault();
    const text = this.#input.value.trim();
    if (!text || this.#left() < 0) return;
    this.#input.value = "";
    this.#changed();
    this.#submit(text);
  }
}
