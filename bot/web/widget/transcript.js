/* The conversation as a text file for the visitor: who, when, what and the sources. Nothing is sent anywhere. */
import { el } from "./dom.js";

export function saveTranscript(messages, { strings, locale, title }) {
  const file = new Blob([transcript(messages, strings, locale, title)], { type: "text/plain;charset=utf-8" });
  const address = URL.createObjectURL(file);
  el("a", { href: address, download: `${strings.file}-${new Date().toISOString().slice(0, 10)}.txt` }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

function transcript(messages, strings, locale, title) {
  const names = { customer: strings.you, bot: strings.bot, agent: strings.person };
  const parts = messages.map((message) => {
    const at = new Date(message.at).toLocaleString(locale);
    const sources = (message.sources ?? []).map((source) => `  [${source.id}] ${source.title}`);
    const listed = sources.length ? [`${strings.sources(sources.length)}:`, ...sources] : [];
    return [`${at}  ${message.agent || names[message.from]}`, message.text, ...listed, ""].join("\n");
  });
  return [title, location.origin, "", ...parts].join("\n");
}
