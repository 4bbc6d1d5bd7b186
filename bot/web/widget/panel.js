/* The frame around the conversation: launcher, header, notices, welcome. Knows nothing about messages. */
import { el, icon, iconButton } from "./dom.js";
import { paint } from "./paint.js";
import { css } from "./style.js";

// As in style.js: below this the panel takes the whole screen.
const PHONE = "(max-width: 520px), (max-height: 460px)";
const STOPS = "button, textarea, summary, a, [tabindex='0']";

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
  #sound;
  #full = false;
  #overflow = "";
  #phone = window.matchMedia(PHONE);
  scroller;

  /** `actions`: opened(), closed(), save(), sound(on), suggest(text). */
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
    this.#panel.addEventListener("keydown", (event) => this.#key(event));
  }

  mount(...parts) {
    this.#panel.append(...parts);
    const host = document.createElement("frontdesk-widget");
    const shadow = host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    shadow.adoptedStyleSheets = [sheet];
    shadow.append(this.#root);
    document.body.append(host);
    paint(host, this.#root, this.#launcher, this.#config);
    for (const event of ["resize", "scroll"]) window.visualViewport.addEventListener(event, () => this.#fit());
    this.#phone.addEventListener("change", () => this.#fit());
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
    this.#launcher.focus({ preventScroll: true });
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

  sound(on) {
    this.#sound.setAttribute("aria-pressed", String(on));
  }

  unread(count) {
    const { strings, unreadInTitle } = this.#config;
    this.#badge.hidden = count === 0;
    this.#badge.textContent = count > 9 ? "9+" : String(count);
    if (!this.isOpen) this.#label(count ? strings.openUnread(count) : strings.open);
    if (unreadInTitle) document.title = (count ? `(${count}) ` : "") + document.title.replace(/^\(\d+\) /, "");
  }

  #show(open) {
    this.#root.classList.toggle("open", open);
    this.#launcher.setAttribute("aria-expanded", String(open));
    this.#label(open ? this.#config.strings.close : this.#config.strings.open);
    this.#fit();
  }

  #label(text) {
    this.#launcher.setAttribute("aria-label", text);
    this.#launcher.title = text;
  }

  #makeHeader() {
    const { strings, title, subtitle } = this.#config;
    this.#subtitle = el("p", { text: subtitle });
    this.#sound = iconButton("bell", strings.sound, () => this.#turnSound(), { class: "plain sound", "aria-pressed": "false" });
    return el("header", {},
      el("div", { class: "mark", "aria-hidden": "true" }, icon("leaf")),
      el("div", { class: "names" }, el("h2", { text: title }), this.#subtitle),
      this.#sound,
      iconButton("save", strings.save, () => this.#actions.save(), { class: "plain save" }),
      iconButton("close", strings.close, () => this.close(), { class: "plain close" }));
  }

  #turnSound() {
    const on = this.#sound.getAttribute("aria-pressed") !== "true";
    this.sound(on);
    this.#actions.sound(on);
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

  #key(event) {
    // While an input method composes, Escape takes its proposal back.
    if (event.key === "Escape" && !event.isComposing) this.close();
    else if (event.key === "Tab" && this.#phone.matches) this.#keepFocus(event);
  }

  /** What lies under a full screen cannot be seen, so the focus does not go there. */
  #keepFocus(event) {
    const stops = [...this.#panel.querySelectorAll(STOPS)].filter((stop) => !stop.disabled && stop.getClientRects().length);
    const [leaving, next] = event.shiftKey ? [stops[0], stops.at(-1)] : [stops.at(-1), stops[0]];
    if (this.#panel.getRootNode().activeElement !== leaving) return;
    event.preventDefault();
    next.focus();
  }

  /** On a phone the panel fills what the keyboard leaves, and the page behind it stands still. */
  #fit() {
    const { height, offsetTop, scale } = window.visualViewport;
    const full = this.isOpen && this.#phone.matches;
    // Whoever has zoomed in sees a part on purpose.
    const fitted = full && scale < 1.01;
    this.#panel.style.height = fitted ? `${height}px` : "";
    this.#panel.style.top = fitted ? `${offsetTop}px` : "";
    if (full === this.#full) return;
    this.#full = full;
    const page = document.documentElement.style;
    [page.overflow, this.#overflow] = [full ? "hidden" : this.#overflow, page.overflow];
    if (full) this.#panel.setAttribute("aria-modal", "true");
    else this.#panel.removeAttribute("aria-modal");
  }
}
