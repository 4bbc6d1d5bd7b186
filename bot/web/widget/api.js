/* The gateway's HTTP calls. Knows nothing about retries. */

// A turn may take 30 s and wait behind another one.
const TURN_TIMEOUT = 90_000;
const TIMEOUT = 15_000;
const RETRY_AFTER = 5;

/** `status` 0 means that no answer came. */
export class ApiError extends Error {
  constructor(status, code, message, retryAfter = 0) {
    super(message);
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
  }

  get unreachable() {
    return this.status === 0 || this.status >= 500;
  }
}

export class Api {
  #base;

  constructor(base) {
    this.#base = base;
  }

  createSession() {
    return this.#call("POST", "sessions", { body: {} });
  }

  send(token, entry) {
    const body = { text: entry.payload ?? entry.text, message_id: entry.id };
    return this.#call("POST", "messages", { token, body, timeout: TURN_TIMEOUT });
  }

  since(token, after) {
    return this.#call("GET", `messages?after=${after}`, { token });
  }

  rate(token, answerId, value, comment) {
    return this.#call("POST", "feedback", { token, body: { answer_id: answerId, value, comment } });
  }

  streamAddress() {
    const address = new URL("api/v1/stream", this.#base);
    address.protocol = address.protocol.replace("http", "ws");
    return address.href;
  }

  async #call(method, path, { token, body, timeout = TIMEOUT }) {
    const headers = { Accept: "application/json" };
    if (token) headers.Authorization = `Bearer ${token}`;
    if (body) headers["Content-Type"] = "application/json";
    const options = { method, headers, body: body && JSON.stringify(body), credentials: "omit", cache: "no-store" };
    const response = await fetchWithin(timeout, new URL(`api/v1/${path}`, this.#base), options);
    const data = await response.json().catch(() => null);
    if (response.ok && data) return data;
    throw asError(response, data);
  }
}

async function fetchWithin(milliseconds, address, options) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), milliseconds);
  try {
    return await fetch(address, { ...options, signal: abort.signal });
  } catch (error) {
    throw new ApiError(0, "unreachable", String(error));
  } finally {
    clearTimeout(timer);
  }
}

function asError(response, data) {
  const { code = "unreadable", message = "" } = data?.error ?? {};
  // A broken answer to a good request is like none: it is asked again.
  const status = response.ok ? 0 : response.status;
  return new ApiError(status, code, message, Number(response.headers.get("Retry-After")) || RETRY_AFTER);
}
