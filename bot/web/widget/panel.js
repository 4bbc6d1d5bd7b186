/* The frame around the conversation: launcher, header, notices, welcome. Knows nothing about messages. */
import { inkOn } from "./config.js";
import { el, icon, iconButton } from "./dom.js";
import { sheets } from "./style.js";

const PHONE = "(max-width: 520px)";

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
    this.scroller = el("div", { class: "scroll" });
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
    this.#root = el("div", { class: "frontdesk", dir: config.direction, lang: config.lang, "data-position": config.position });
    this.#root.append(this.#panel, this.#launcher);
    this.#panel.addEventListener("keydown", (event) => event.key === "Escape" && this.close());
  }

  /** Puts the widget on the page, behind a shadow root that the page's styles do not cross. */
  mount(composer) {
    this.#panel.append(composer);
    const host = document.createElement("frontdesk-widget");
    const shadow = host.attachShadow({ mode: "open" });
    shadow.adoptedStyleSheets = sheets();
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

  /** The first suggestions go once something has been said. */
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
          el("div", { class: "choices", role: "group", "aria-label": strings.suggestionsLabel }, ...chips))));
  }

  /** Colours through the CSSOM: a strict policy forbids style attributes in markup, not this. */
  #paint(host) {
    const { accent, theme } = this.#config;
    if (accent) host.style.setProperty("--frontdesk-accent", accent);
    if (inkOn(accent)) host.style.setProperty("--frontdesk-on-accent", inkOn(accent));
    const dark = window.matchMedia("(prefers-color-scheme: dark)");
    const apply = () => (this.#root.dataset.scheme = theme === "auto" ? (dark.matches ? "dark" : "light") : theme);
    dark.addEventListener("change", apply);
    apply();
  }

  /** On a phone the keyboard covers the page; the panel takes what is left. */
  #fitKeyboard() {
    const view = window.visualViewport;
    view?.addEventListener("resize", () => {
      const phone = window.matchMedia(PHONE).matches;
      this.#panel.style.height = phone ? `${view.height}px` : "";
    });
  }
}
