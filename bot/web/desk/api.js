/* Calls to the gateway. The session is a cookie that scripts cannot read; the header says that the page itself calls. */
import { t } from "./words.js";

export class Refused extends Error {
  constructor(status, { code = "", message, retry_after: retryAfter = 0 }) {
    super(message ?? t("The gateway answered {status}.", { status }));
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
  }
}

export class Unreachable extends Error {}

export async function call(method, path, body) {
  let response;
  try {
    response = await fetch(`/desk/api/${path}`, {
      method,
      credentials: "same-origin",
      headers: { "X-Frontdesk-Desk": "1", ...(body ? { "Content-Type": "application/json" } : {}) },
      body: body ? JSON.stringify(body) : undefined,
    });
  } catch {
    throw new Unreachable("No connection to the gateway.");
  }
  const data = await response.json().catch(() => ({}));
  if (response.ok) return data;
  throw new Refused(response.status, data.error ?? {});
}

export const get = (path) => call("GET", path);
export const post = (path, body = {}) => call("POST", path, body);
export const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
