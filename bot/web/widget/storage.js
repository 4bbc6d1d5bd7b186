/* What the browser keeps between visits; in memory where the page may not store (private mode, full, blocked). */

export class Store {
  #prefix;
  #memory = new Map();

  /** `namespace` keeps the conversations of different gateways on one site apart. */
  constructor(namespace) {
    this.#prefix = `frontdesk:${namespace}:`;
  }

  get(name) {
    const text = this.#memory.get(name) ?? this.#attempt((area) => area.getItem(this.#prefix + name));
    try {
      return text == null ? null : JSON.parse(text);
    } catch {
      return null;
    }
  }

  set(name, value) {
    const text = JSON.stringify(value);
    this.#memory.set(name, text);
    const kept = this.#attempt((area) => {
      area.setItem(this.#prefix + name, text);
      return true;
    });
    if (kept) this.#memory.delete(name);
  }

  remove(name) {
    this.#memory.delete(name);
    this.#attempt((area) => area.removeItem(this.#prefix + name));
  }

  /** Returns the names that start with `start`. */
  names(start) {
    const full = this.#prefix + start;
    const stored = this.#attempt((area) => Object.keys(area).filter((key) => key.startsWith(full))) ?? [];
    const kept = stored.map((key) => key.slice(this.#prefix.length));
    return [...new Set([...kept, ...this.#memory.keys()])].filter((name) => name.startsWith(start));
  }

  /** Calls back when another tab changes `name`. */
  watch(name, changed) {
    window.addEventListener("storage", (event) => {
      if (event.key === this.#prefix + name) changed(this.get(name));
    });
  }

  #attempt(work) {
    try {
      return work(window.localStorage);
    } catch {
      return null;
    }
  }
}
