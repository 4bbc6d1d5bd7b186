/* What codes mean, in words; times. */

export const REASONS = {
  asked_for_person: "The customer asked for a person.",
  customer_asked: "The customer asked for a person.",
  no_evidence: "The solved tickets hold no answer to this.",
  asked_again: "The bot asked for the same detail twice and did not get it.",
  complaint: "The customer complains.",
  language: "The customer writes in a language that the bot does not answer.",
  order_outcome_unknown: "The order system broke off in the middle of a change: look there first.",
};
export const reason = (code) => REASONS[code] ?? code.replaceAll("_", " ");

export const RUNGS = {
  template: "A flow or a set answer",
  ticket: "From one solved ticket",
  generated: "Composed from solved tickets",
  clarify: "A question back",
  handoff: "Found, and not enough",
};

export const OUTCOMES = { solved: "Solved", unsolved: "Not solved", duplicate: "Duplicate", spam: "Spam" };
export const ENDINGS = { returned: "Back to the bot", closed: "Closed" };

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });

export function time(at) {
  const date = new Date(at);
  return date.toDateString() === new Date().toDateString() ? clock.format(date) : `${day.format(date)} ${clock.format(date)}`;
}

export function ago(at) {
  const minutes = Math.max(0, Math.round((Date.now() - new Date(at)) / 60000));
  if (minutes < 1) return "now";
  if (minutes < 60) return `${minutes} min`;
  return minutes < 1440 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 1440)} d`;
}

export const percent = (share) => `${Math.round(share * 100)} %`;
export const nameOf = (handoff) => `${handoff.channel === "web" ? "Visitor" : handoff.channel} ${handoff.sender_id.slice(-4)}`;
