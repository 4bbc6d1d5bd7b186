/* The one script tag of a host page: `window.Frontdesk` works from the first line on, the widget follows. */
import { readConfig } from "./config.js";
import { Events } from "./events.js";
import { Widget } from "./main.js";

const CALLS = ["open", "close", "toggle", "ask", "identify", "logout"];

function install() {
  const queued = window.Frontdesk;
  if (queued && !Array.isArray(queued)) return;
  // Null where the script is loaded as a module or by a loader.
  const script = document.currentScript ?? document.querySelector('script[src*="widget.js"]');
  const [base, attributes] = [new URL(".", script.src), { ...script.dataset }];
  const events = new Events();
  const started = begun().then(() => new Widget(base, readConfig(attributes), events));
  started.then(() => events.emit("ready"));
  started.catch((error) => console.error("Frontdesk: the widget could not start.", error));
  const api = { on: (...values) => (events.on(...values), api), off: (...values) => (events.off(...values), api) };
  for (const name of CALLS) api[name] = (...values) => started.then((widget) => widget[name](...values));
  api.push = (...calls) => {
    for (const [name, ...values] of calls) {
      new Promise((done) => done(api[name](...values))).catch((error) => console.error("Frontdesk:", name, error));
    }
  };
  window.Frontdesk = api;
  api.push(...(queued ?? []));
}

/** The page has a body. */
async function begun() {
  if (document.readyState !== "loading") return;
  await new Promise((resolve) => document.addEventListener("DOMContentLoaded", resolve, { once: true }));
}

install();
