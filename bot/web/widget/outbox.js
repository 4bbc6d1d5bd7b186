/* Messages the gateway has not confirmed yet. One entry a key, so that two tabs never overwrite each other. */

const PREFIX = "out:";

export class Outbox {
  #store;

  constructor(store) {
    this.#store = store;
  }

  /** Keeps a message and returns its entry; `payload` is set when a button was pressed, `text` is what is shown. */
  add(text, payload = null) {
    const entry = { id: newId(), text, payload, at: Date.now() };
    this.#store.set(PREFIX + entry.id, entry);
    return entry;
  }

  remove(id) {
    this.#store.remove(PREFIX + id);
  }

  /** Returns the entries in the order they were written. */
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
