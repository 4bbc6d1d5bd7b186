/* The desk: who is logged in, the inbox beside one conversation, and everything kept up to date. */
import { el, icon } from "../widget/dom.js";
import { get, post, Refused, Unreachable } from "./api.js";
import { Conversation } from "./conversation.js";
import { forgetAll } from "./drafts.js";
import { Inbox } from "./inbox.js";
import { loginView } from "./login.js";
import { help } from "./help.js";
import { Stream } from "./stream.js";
import { language, nameOf, problem, t } from "./words.js";

/* A colleague's page says that it is being written there every two seconds. */
const WRITING_FOR = 6000;
document.documentElement.lang = language;
const live = document.getElementById("live");
let desk = null;

class Desk {
  constructor(me) {
    this.me = me;
    this.inbox = new Inbox((id) => (location.hash = id));
    this.notice = el("p", { class: "notice", role: "alert" });
    this.away = el("span", { class: "tag away", text: t("Outside business hours"), hidden: true });
    this.place = el("div", { class: "place" });
    const out = el("button", { type: "button", class: "plain", text: t("Log out"), on: { click: () => this.leave() } });
    const bar = el("header", { class: "bar" }, el("span", { class: "mark" }, icon("leaf")), el("strong", { text: t("Desk") }), this.away, el("span", { class: "grow" }), el("span", { class: "me", text: me.name, title: t(me.role) }), help.button, out);
    this.node = el("div", { class: "desk" }, bar, this.notice, this.inbox.node, this.place);
    this.waiting = null;
    this.places = [];
    this.follow = () => this.open();
    addEventListener("hashchange", this.follow);
    this.stream = new Stream({ changed: () => this.look(), connected: (yes) => this.connection(yes), met: (places) => this.met(places), loggedOut: () => enter(null, t("Your log-in has ended. Log in again; nothing is lost.")) });
    this.open();
    // The times in the list grow while nothing else happens.
    this.clock = setInterval(() => this.look(), 30000);
  }

  stop() {
    clearInterval(this.clock);
    removeEventListener("hashchange", this.follow);
    this.stream.stop();
    clearTimeout(this.forgetting);
  }

  met(places) {
    this.places = places;
    this.conversation?.met(places);
    clearTimeout(this.forgetting);
    if (places.some((place) => place.writing)) this.forgetting = setTimeout(() => this.met(places.map((place) => ({ ...place, writing: false }))), WRITING_FOR);
  }

  connection(yes) {
    this.notice.textContent = yes ? "" : t("No connection. What you write is kept and sent when it is back.");
    if (yes) this.conversation?.composer.retry();
  }

  open() {
    const id = location.hash.slice(1);
    this.conversation = null;
    this.node.classList.toggle("opened", Boolean(id));
    if (id) {
      const back = () => (location.hash = "");
      this.conversation = new Conversation(id, this.me, { back, changed: () => this.look(), failed: (error) => this.failed(error), sign: (type) => this.stream.say({ type }) });
      this.conversation.met(this.places);
      this.place.replaceChildren(this.conversation.node, this.conversation.side.node);
    } else {
      this.place.replaceChildren(el("main", { class: "none" }, el("h1", { text: t("Choose a conversation") }), el("p", { class: "quiet", text: t("Those that wait longest stand on top. Arrow keys move through the list.") })));
    }
    this.stream.looking(id);
    this.look();
  }

  /* One look at a time; a change during a look means one more. */
  async look() {
    if (this.looking) return void (this.again = true);
    this.looking = true;
    do {
      this.again = false;
      await this.lookOnce().catch((error) => this.failed(error));
    } while (this.again);
    this.looking = false;
  }

  async lookOnce() {
    const { conversation } = this;
    const [overview, data] = await Promise.all([get("inbox"), conversation && get(`handoffs/${encodeURIComponent(conversation.id)}`)]);
    this.inbox.show(overview, this.me.name, conversation?.id);
    this.away.hidden = overview.open_now;
    this.announce(overview.open);
    if (conversation === this.conversation && data) conversation.show(data);
  }

  announce(open) {
    const waiting = new Map(open.filter((entry) => entry.last.from === "customer" || entry.owner === "queued").map((entry) => [`${entry.id}:${entry.last.seq}`, entry]));
    const fresh = this.waiting ? [...waiting].filter(([key]) => !this.waiting.has(key)) : [];
    this.waiting = waiting;
    if (fresh.length) live.textContent = fresh.map(([, entry]) => `${nameOf(entry)}: ${entry.asked}`).join(". ");
    const queued = open.filter((entry) => entry.owner === "queued").length;
    document.title = queued ? `(${queued}) ${t("Desk")}` : t("Desk");
  }

  failed(error) {
    if (error instanceof Refused && error.code === "login_needed") return enter(null, t("Your log-in has ended. Log in again; nothing is lost."));
    if (error instanceof Refused && error.code === "handoff_not_found") {
      location.hash = "";
    }
    if (error instanceof Unreachable) return this.connection(false);
    const text = problem(error);
    this.notice.textContent = text;
    setTimeout(() => this.notice.textContent === text && (this.notice.textContent = ""), 8000);
  }

  async leave() {
    await post("logout").catch(() => {});
    forgetAll();
    enter(null);
  }
}

function enter(me, notice) {
  desk?.stop();
  desk = me ? new Desk(me) : null;
  for (const old of document.querySelectorAll("body > .desk, body > .login")) old.remove();
  document.body.append(desk ? desk.node : loginView(enter, notice));
  if (!desk) document.title = t("Desk");
}

get("me").then(enter, (error) => enter(null, error instanceof Unreachable ? problem(error) : ""));
