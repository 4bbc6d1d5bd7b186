/* The conversation as a text file for the visitor; nothing is sent anywhere. */
import { el } from "./dom.js";

export function saveTranscript(messages, { strings, locale, title }) {
  const names = { customer: strings.you, bot: strings.bot, agent: strings.person };
  const lines = messages.map((message) => {
    const at = new Date(message.at).toLocaleString(locale);
    return `${at}  ${message.agent || names[message.from]}\n${message.text}\n`;
  });
  const file = new Blob([[title, "", ...lines].join("\n")], { type: "text/plain;charset=utf-8" });
  const address = URL.createObjectURL(file);
  el("a", { href: address, download: "conversation.txt" }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
