/* What an agent has begun to write, and what is on its way: kept in the browser, so that a reload loses nothing. */
const KEY = "frontdesk-desk:";

const read = (name) => {
  try {
    return JSON.parse(localStorage.getItem(KEY + name));
  } catch {
    return null;
  }
};
const write = (name, value) => {
  try {
    if (value) localStorage.setItem(KEY + name, JSON.stringify(value));
    else localStorage.removeItem(KEY + name);
  } catch {
    // A browser without room for it: the draft lives as long as the page.
  }
};

export const draft = (handoff, kind) => read(`${handoff}:${kind}`) ?? "";
export const keepDraft = (handoff, kind, text) => write(`${handoff}:${kind}`, text);
/* A message keeps its id until the gateway has it: sent again after a reload it is still one message. */
export const onItsWay = (handoff) => read(`${handoff}:sending`) ?? [];
export const send = (handoff, message) => write(`${handoff}:sending`, [...onItsWay(handoff), message]);
export const arrived = (handoff, id) => {
  const left = onItsWay(handoff).filter((message) => message.id !== id);
  write(`${handoff}:sending`, left.length ? left : null);
};
export const forgetAll = () => Object.keys(localStorage).filter((key) => key.startsWith(KEY)).forEach((key) => localStorage.removeItem(key));
