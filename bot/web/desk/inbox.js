/* The list of conversations: those that wait, mine, my colleagues', and those that are closed. */
import { el } from "../widget/dom.js";
import { ago, ENDINGS, nameOf, OUTCOMES, t } from "./words.js";

export class Inbox {
  constructor(choose) {
    this.choose = choose;
    this.groups = {};
    this.lines = new Map();
    this.node = el("nav", { class: "inbox", "aria-label": t("Conversations"), on: { keydown: (event) => this.move(event) } });
    for (const [key, title] of [["queued", t("Waiting")], ["mine", t("Mine")], ["others", t("With colleagues")], ["recent", t("Finished")]]) {
      const count = el("span", { class: "count" });
      const list = el("ul");
      const group = el("section", { "aria-label": title, hidden: key !== "queued" }, el("h2", { text: `${title} ` }, count), list);
      this.groups[key] = { group, list, count };
      this.node.append(group);
    }
    this.empty = el("p", { class: "quiet empty", text: t("Nobody is waiting.") });
    this.groups.queued.group.append(this.empty);
  }

  show({ open, recent }, me, chosen) {
    const sorted = { queued: [], mine: [], others: [], recent };
    for (const entry of open) sorted[entry.owner === "queued" ? "queued" : entry.agent === me ? "mine" : "others"].push(entry);
    for (const [key, { group, list, count }] of Object.entries(this.groups)) {
      const entries = sorted[key];
      count.textContent = entries.length && key !== "recent" ? String(entries.length) : "";
      group.hidden = !entries.length && key !== "queued";
      place(list, entries.map((entry) => this.line(entry, entry.id === chosen, key)));
    }
    this.empty.hidden = sorted.queued.length > 0;
    for (const id of this.lines.keys()) if (!open.concat(recent).some((entry) => entry.id === id)) this.lines.delete(id);
  }

  line(entry, chosen, key) {
    const waits = entry.last.from === "customer" && key !== "recent";
    const state = key === "others" ? entry.agent : key === "recent" ? OUTCOMES[entry.outcome] ?? ENDINGS[entry.ended] : "";
    const stars = entry.csat ? `${entry.csat}/5` : "";
    const button = this.buttonOf(entry.id);
    button.className = `line${waits ? " waits" : ""}`;
    if (chosen) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
    const parts = [nameOf(entry), ago(key === "recent" ? entry.closed_at : entry.last.at), entry.asked, waits && t("needs an answer"), entry.last.from === "agent" && key !== "recent" && t("answered"), entry.undelivered > 0 && t("not delivered"), state, stars];
    // What has not changed stays as it is: a click that begins before a change ends on the same line.
    if (button.dataset.shown !== JSON.stringify(parts)) {
      button.dataset.shown = JSON.stringify(parts);
      const [who, when, snippet, ...tags] = parts;
      button.replaceChildren(
        el("span", { class: "who", text: who }),
        el("time", { datetime: entry.last.at, text: when }),
        el("span", { class: "snippet", dir: "auto", text: snippet }),
        el("span", { class: "tags" }, ...tags.filter(Boolean).map((text) => el("span", { class: "tag", text }))),
      );
    }
    return button.parentNode;
  }

  buttonOf(id) {
    if (!this.lines.has(id)) {
      const button = el("button", { type: "button", "data-id": id, on: { click: () => this.choose(id) } });
      el("li", {}, button);
      this.lines.set(id, button);
    }
    return this.lines.get(id);
  }

  move(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    const lines = [...this.node.querySelectorAll(".line")];
    const next = lines[lines.indexOf(document.activeElement) + step];
    if (next) {
      event.preventDefault();
      next.focus();
    }
  }
}

/* Put the items into the list; those that stand where they belong are not touched, so that none loses the focus. */
function place(list, items) {
  items.forEach((item, index) => {
    if (list.children[index] === item) return;
    const focused = item.contains(document.activeElement) && document.activeElement;
    list.insertBefore(item, list.children[index] ?? null);
    if (focused) focused.focus();
  });
  while (list.children.length > items.length) list.lastElementChild.remove();
}
