/* The WebSocket: stays connected, says whether it is live. What is missed meanwhile is resumed by number. */

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 20_000;
const PING_EVERY = 20_000;
// A connection that has been silent for this long is dead, whatever the browser thinks.
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

  /** `handlers`: hello() → first frame, message(m), typing(), changed(), refused(). */
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

  /** Tries now instead of after the pause. */
  hurry() {
    if (this.#wanted && !this.live) {
      this.#drop();
      this.#connect();
    }
  }

  /** Asks the other side for a sign of life and reconnects when none comes. */
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
    // The answer to this first ping is the proof that the token was accepted.
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
    else if (frame.type === "typing") this.#handlers.typing();
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
    // Spread out, so that a restarted gateway is not met by everybody at once.
    this.#timer = setTimeout(() => this.#connect(), pause * (0.5 + Math.random()));
  }
}
