/* The gateway as the widget sees it: calls that may fail, and a stream that comes back by itself. */

// A turn may take 30 s and wait behind another one.
const TURN_TIMEOUT = 90_000;
const TIMEOUT = 15_000;
const RETRY_AFTER = 5;

/** `status` 0 means that no answer came. */
export class ApiError extends Error {
  constructor(status, { code = "unreachable", message = "" } = {}, retryAfter = 0) {
    super(message);
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
  }

  get unreachable() {
    return this.status === 0 || this.status >= 500;
  }
}

export class Api {
  #base;

  constructor(base) {
    this.#base = base;
  }

  /** A new one; with a token the same one, with a fresh token where the old one is getting old. */
  createSession(token) {
    return this.#call("POST", "sessions", { token, body: {} });
  }

  send(token, entry) {
    const body = { text: entry.payload ?? entry.text, message_id: entry.id };
    return this.#call("POST", "messages", { token, body, timeout: TURN_TIMEOUT });
  }

  since(token, after) {
    return this.#call("GET", `messages?after=${after}`, { token });
  }

  rate(token, answerId, value, comment) {
    return this.#call("POST", "feedback", { token, body: { answer_id: answerId, value, comment } });
  }

  identify(token, details) {
    return this.#call("POST", "identify", { token, body: details });
  }

  streamAddress() {
    const address = new URL("api/v1/stream", this.#base);
    address.protocol = address.protocol.replace("http", "ws");
    return address.href;
  }

  async #call(method, path, { token, body, timeout = TIMEOUT }) {
    const headers = {};
    if (token) headers.Authorization = `Bearer ${token}`;
    if (body) headers["Content-Type"] = "application/json";
    const options = { method, headers, body: body && JSON.stringify(body), credentials: "omit", cache: "no-store" };
    const address = new URL(`api/v1/${path}`, this.#base);
    const response = await fetch(address, { ...options, signal: AbortSignal.timeout(timeout) }).catch((error) => {
      throw new ApiError(0, { message: String(error) });
    });
    const data = await response.json().catch(() => null);
    if (response.ok && data) return data;
    throw asError(response, data);
  }
}

function asError(response, data) {
  // A broken answer to a good request is like none: it is asked again.
  const status = response.ok ? 0 : response.status;
  const wait = Number(response.headers.get("Retry-After")) || (status === 429 ? RETRY_AFTER : 0);
  return new ApiError(status, data?.error, wait);
}

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 20_000;
const PING_EVERY = 20_000;
// Whatever the browser thinks, a connection this silent is dead.
const SILENCE = 45_000;
const ANSWER_WITHIN = 5_000;
const REFUSED = 4401;

export class Stream {
  #address;
  #handlers;
  #socket = null;
  #timer = 0;
  #pings = 0;
  #heardAt = 0;
  #wanted = false;
  live = false;
  attempts = 0;

  /** `handlers`: hello() → first frame, message(m), typing(frame), changed(), refused(). */
  constructor(address, handlers) {
    this.#address = address;
    this.#handlers = handlers;
  }

  start() {
    this.#wanted = true;
    if (!this.#socket) this.#connect();
  }

  stop() {
    this.#wanted = false;
    this.#drop();
  }

  hurry() {
    if (this.#wanted && !this.live) {
      this.#drop();
      this.#connect();
    }
  }

  /** Reconnects when no sign of life comes. */
  check() {
    if (!this.live) return;
    const asked = Date.now();
    this.#ping();
    setTimeout(() => this.live && this.#heardAt < asked && this.#again(), ANSWER_WITHIN);
  }

  #connect() {
    clearTimeout(this.#timer);
    let socket;
    try {
      socket = new WebSocket(this.#address);
    } catch {
      this.#later();
      return;
    }
    this.#socket = socket;
    socket.addEventListener("open", () => this.#greet(socket));
    socket.addEventListener("message", (event) => socket === this.#socket && this.#hear(event.data));
    socket.addEventListener("close", (event) => socket === this.#socket && this.#closed(event.code));
  }

  #greet(socket) {
    socket.send(JSON.stringify(this.#handlers.hello()));
    // Its answer proves that the token was accepted.
    socket.send('{"type": "ping"}');
    this.#heardAt = Date.now();
    this.#pings = setInterval(() => this.#ping(), PING_EVERY);
  }

  #ping() {
    if (Date.now() - this.#heardAt > SILENCE) this.#again();
    else this.#socket.send('{"type": "ping"}');
  }

  #again() {
    this.#drop();
    this.#later();
  }

  #hear(text) {
    this.#heardAt = Date.now();
    const frame = JSON.parse(text);
    if (frame.type === "error") return;
    if (!this.live) {
      this.live = true;
      this.attempts = 0;
      this.#handlers.changed();
    }
    if (frame.type === "message") this.#handlers.message(frame.message);
    else if (frame.type === "typing") this.#handlers.typing(frame);
  }

  #closed(code) {
    this.#drop();
    if (code === REFUSED) this.#handlers.refused();
    else this.#later();
  }

  #drop() {
    const [socket, wasLive] = [this.#socket, this.live];
    this.#socket = null;
    this.live = false;
    clearInterval(this.#pings);
    clearTimeout(this.#timer);
    socket?.close();
    if (wasLive) this.#handlers.changed();
  }

  #later() {
    if (!this.#wanted) return;
    const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** this.attempts);
    this.attempts += 1;
    // A restarted gateway is not met by everybody at once.
    this.#timer = setTimeout(() => this.#connect(), pause * (0.5 + Math.random()));
  }
}
