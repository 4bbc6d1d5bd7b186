/* Says when to look again: at each change, and after every gap in the connection; and who is where. Carries no words. */
const FIRST_WAIT = 500;
const LONGEST_WAIT = 15000;
const LOGGED_OUT = 4401;

export class Stream {
  constructor({ changed, connected, loggedOut, met }) {
    this.handlers = { changed, connected, loggedOut, met };
    this.place = "";
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
    socket.onopen = () => this.looking(this.place);
    socket.onmessage = ({ data }) => {
      const frame = JSON.parse(data);
      if (frame.type === "places") return this.handlers.met(frame.places);
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

  /* Say which conversation this page shows, and (writing, idle) whether something is being written there. */
  looking(handoff) {
    this.place = handoff;
    this.say({ type: "looking", handoff });
  }

  say(frame) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame));
  }

  stop() {
    this.stopped = true;
    clearTimeout(this.timer);
    removeEventListener("online", this.retry);
    this.socket?.close();
  }
}
