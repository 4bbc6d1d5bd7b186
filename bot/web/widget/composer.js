/* The field the visitor writes in. */
import { el, icon } from "./dom.js";

const NEARLY_FULL = 0.8;
const TALLEST = 132;

export class Composer {
  #direction;
  #limit;
  #strings;
  #submit;
  #input;
  #button;
  #counter;

  constructor({ direction, limit, strings }, submit) {
    this.#direction = direction;
    this.#limit = limit;
    this.#strings = strings;
    this.#submit = submit;
    this.#input = el("textarea", {
      rows: 1, placeholder: strings.placeholder, "aria-label": strings.placeholder, enterkeyhint: "send", dir: direction,
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
    // Words follow their own direction, the empty field the page's.
    this.#input.dir = this.#input.value ? "auto" : this.#direction;
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
