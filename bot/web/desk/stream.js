/* Says when to look again: at each change, and after every gap in the connection. Carries no words. */
const FIRST_WAIT = 500;
const LONGEST_WAIT = 15000;
const LOGGED_OUT = 4401;

export class Stream {
  constructor({ changed, connected, loggedOut }) {
    this.handlers = { changed, connected, loggedOut };
    this.wait = FIRST_WAIT;
    this.stopped = false;
    this.retry = () => this.connect();
    addEventListener("online", this.retry);
    this.connect();
  }

  connect() {
    clearTimeout(this.timer);
    if (this.stopped || this.socket) return;
    const socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/desk/api/stream`);
    this.socket = socket;
    socket.onmessage = () => {
      this.wait = FIRST_WAIT;
      this.handlers.connected(true);
      this.handlers.changed();
    };
    socket.onclose = (event) => {
      this.socket = null;
      if (this.stopped) return;
      if (event.code === LOGGED_OUT) return this.handlers.loggedOut();
      this.handlers.connected(false);
      this.timer = setTimeout(this.retry, this.wait * (0.7 + Math.random() * 0.6));
      this.wait = Math.min(this.wait * 2, LONGEST_WAIT);
      // A refused handshake does not say why: a call does, when it is that nobody is logged in.
      this.handlers.changed();
    };
  }

  stop() {
    this.stopped = true;
    clearTimeout(this.timer);
    removeEventListener("online", this.retry);
    this.socket?.close();
  }
}
