/* Every word the widget itself says, one table per language. */

const en = {
  lang: "en",
  title: "How can we help?",
  subtitle: "A bot first, a person when needed",
  withPerson: (name) => `You are talking with ${name}`,
  welcome: "Hello! Ask me anything about your order, a return or our products. If I don't know, a person will.",
  suggestions: ["Where is my order?", "How do I return something?", "Talk to a person"],
  open: "Open chat",
  openUnread: (count) => `Open chat, ${count} new ${count === 1 ? "message" : "messages"}`,
  close: "Close chat",
  save: "Save this conversation as a file",
  log: "Conversation",
  placeholder: "Write a message…",
  send: "Send",
  left: (count) => `${count} characters left`,
  tooLong: (count) => `${count} characters too many. Send it in shorter parts.`,
  you: "You",
  bot: "Bot",
  person: "Agent",
  typing: "is writing",
  sending: "Sending…",
  notSent: "Not sent",
  sources: (count) => `Based on ${count} solved ${count === 1 ? "case" : "cases"}`,
  rate: "Was this helpful?",
  up: "Yes, this helped",
  down: "No, this did not help",
  thanks: "Thank you.",
  commentAsk: "What was missing? (optional)",
  commentSend: "Send comment",
  rateFailed: "That could not be saved. Please try again.",
  choices: "Quick replies",
  offline: "No connection. What you write is kept and sent as soon as it is back.",
  waiting: (seconds) => `A little too fast. Your message is kept and sent in ${seconds} s.`,
  renewed: "Your earlier conversation has expired. This is a new one.",
  refused: "This message could not be accepted.",
  today: "Today",
  yesterday: "Yesterday",
};

export async function stringsFor(lang) {
  return lang.startsWith("zh") ? (await import("./strings-zh.js")).zh : en;
}
