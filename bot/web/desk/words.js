/* What codes mean, in words, in the language of the browser or of ?lang=; times. */
import { CHINESE, CHINESE_PROBLEMS } from "./chinese.js";

const asked = new URLSearchParams(location.search).get("lang") ?? navigator.language;
export const language = asked.toLowerCase().startsWith("zh") ? "zh" : "en";
const words = language === "zh" ? CHINESE : {};

/* Return words in the agent's language, with values in the places of {names}. */
export const t = (text, values = {}) => (words[text] ?? text).replace(/\{(\w+)\}/g, (_, name) => values[name]);

/* What went wrong: by the gateway's code where the agent reads Chinese, else in the gateway's own words. */
export function problem({ code, message, retryAfter }) {
  const known = language === "zh" && Object.hasOwn(CHINESE_PROBLEMS, code ?? "") ? CHINESE_PROBLEMS[code] : null;
  return known ? known.replace("{seconds}", retryAfter || 60) : t(message);
}

export const REASONS = {
  distress: "The customer may be in danger: answer first.",
  asked_for_person: "The customer asked for a person.",
  customer_asked: "The customer asked for a person.",
  no_evidence: "The solved tickets hold no answer to this.",
  asked_again: "The bot asked for the same detail twice and did not get it.",
  complaint: "The customer complains.",
  language: "The customer writes in a language that the bot does not answer.",
  order_not_verified: "Order number and e-mail did not belong together, twice.",
  flow_failed: "A flow could not be finished.",
  order_outcome_unknown: "The order system broke off in the middle of a change: look there first.",
};
export const reason = (code) => (REASONS[code] ? t(REASONS[code]) : null) ?? code.replaceAll("_", " ");

export const RUNGS = {
  template: t("A flow or a set answer"),
  ticket: t("From one solved ticket"),
  generated: t("Composed from solved tickets"),
  clarify: t("A question back"),
  handoff: t("Found, and not enough"),
};

export const OUTCOMES = { solved: t("Solved"), unsolved: t("Not solved"), duplicate: t("Duplicate"), spam: t("Spam") };
export const ENDINGS = { returned: t("Back to the bot"), closed: t("Closed") };

const locale = language === "zh" ? "zh-CN" : undefined;
const clock = new Intl.DateTimeFormat(locale, { hour: "numeric", minute: "2-digit" });
const day = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short" });

export function time(at) {
  const date = new Date(at);
  return date.toDateString() === new Date().toDateString() ? clock.format(date) : `${day.format(date)} ${clock.format(date)}`;
}

export function ago(at) {
  const minutes = Math.max(0, Math.round((Date.now() - new Date(at)) / 60000));
  if (minutes < 1) return t("now");
  if (minutes < 60) return t("{n} min", { n: minutes });
  return minutes < 1440 ? t("{n} h", { n: Math.floor(minutes / 60) }) : t("{n} d", { n: Math.floor(minutes / 1440) });
}

export const percent = (share) => `${Math.round(share * 100)} %`;

const CHANNELS = { slack: "Slack", telegram: "Telegram" };
/* A verified name, else the channel and what tells its conversations apart. */
export function nameOf({ channel, sender_id: sender, customer }) {
  if (customer) return customer.name || customer.email || customer.user_id;
  if (channel === "web") return `${t("Visitor")} ${sender.slice(-4)}`;
  return `${CHANNELS[channel] ?? channel} ${sender.split(":").at(-1).slice(-8)}`;
}

const BLOCKED = /blocked by the user|user is deactivated|is_archived|account_inactive|cannot_dm/i;
const GONE = /chat not found|channel_not_found|not_in_channel|kicked|group chat was/i;
export function refusal(reason) {
  if (BLOCKED.test(reason)) return t("Not delivered: the customer has blocked the bot.");
  return GONE.test(reason) ? t("Not delivered: the conversation is gone.") : t("Not delivered: {reason}", { reason });
}
