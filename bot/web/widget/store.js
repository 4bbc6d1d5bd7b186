/* What the browser keeps between visits; in memory where the page may not store. */

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

  names(start) {
    const full = this.#prefix + start;
    const stored = this.#attempt((area) => Object.keys(area).filter((key) => key.startsWith(full))) ?? [];
    const kept = stored.map((key) => key.slice(this.#prefix.length));
    return [...new Set([...kept, ...this.#memory.keys()])].filter((name) => name.startsWith(start));
  }

  clear() {
    for (const name of this.names("")) this.remove(name);
  }

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

const PREFIX = "out:";

/** One entry a key, so that two tabs never overwrite each other. */
export class Outbox {
  #store;

  constructor(store) {
    this.#store = store;
  }

  /** `payload` is set when a button was pressed; `text` is what is shown. */
  add(text, payload = null) {
    const entry = { id: newId(), text, payload, at: Date.now() };
    this.#store.set(PREFIX + entry.id, entry);
    return entry;
  }

  remove(id) {
    this.#store.remove(PREFIX + id);
  }

  entries() {
    const entries = this.#store.names(PREFIX).map((name) => this.#store.get(name));
    return entries.filter((entry) => typeof entry?.id === "string").sort(byTime);
  }

  /** A button belongs to the session that offered it: in a new one its words are sent instead. */
  dropPayloads() {
    for (const entry of this.entries()) {
      this.#store.set(PREFIX + entry.id, { ...entry, payload: null });
    }
  }
}

function byTime(one, other) {
  return one.at - other.at || (one.id < other.id ? -1 : 1);
}

/** `randomUUID` exists in secure contexts only. */
function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A reload keeps the panel as it was, in this tab alone. */
export function remember(open) {
  try {
    sessionStorage.setItem("frontdesk:open", String(open));
  } catch {
  }
}

export function remembered() {
  try {
    return sessionStorage.getItem("frontdesk:open") === "true";
  } catch {
    return false;
  }
}
