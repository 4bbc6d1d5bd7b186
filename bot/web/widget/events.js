/* What the host page hears of the widget. A page's mistake never stops the conversation. */

const NAMES = ["ready", "open", "close", "message", "unread", "handoff", "identified", "error"];

export class Events {
  #handlers = new Map(NAMES.map((name) => [name, new Set()]));
  #ready = false;

  on(name, handler) {
    this.#of(name).add(handler);
    if (name === "ready" && this.#ready) this.#call(handler);
  }

  off(name, handler) {
    this.#of(name).delete(handler);
  }

  emit(name, detail) {
    this.#ready ||= name === "ready";
    for (const handler of [...this.#of(name)]) this.#call(handler, detail);
  }

  #of(name) {
    const handlers = this.#handlers.get(name);
    if (!handlers) throw new RangeError(`Frontdesk has no event "${name}". It has: ${NAMES.join(", ")}.`);
    return handlers;
  }

  #call(handler, detail) {
    try {
      handler(detail);
    } catch (error) {
      console.error("Frontdesk: a handler of the page failed.", error);
    }
  }
}
