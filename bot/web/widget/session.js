/* The visitor's session: one token, kept by the browser, the same in all its tabs. */

const DAY = 86_400_000;

export class Session {
  #api;
  #store;
  #creating = null;
  #era = 0;
  token;

  constructor(api, store) {
    this.#api = api;
    this.#store = store;
    this.token = store.get("token");
  }

  /** Resolves when there is one; `made` is called for a new one. */
  async ensure(made) {
    this.#creating ??= this.token ? null : this.#create(made).finally(() => (this.#creating = null));
    await this.#creating;
  }

  /** Another one, or none; what is under way for the old one comes to nothing. */
  change(token) {
    this.#era += 1;
    this.#creating = null;
    this.token = token;
  }

  /** What stands before the first dot is the session; the rest another tab may have refreshed. */
  isMine(token) {
    return Boolean(this.token) && token?.split(".")[0] === this.token.split(".")[0];
  }

  /** Once a day, so that only who stays away for weeks has to start again. */
  async refresh() {
    const old = this.token;
    if (!old || Date.now() - (this.#store.get("refreshed") ?? 0) < DAY) return;
    const { token } = await this.#api.createSession(old).catch(() => ({}));
    if (token && this.token === old) this.#keep(token);
  }

  async #create(made) {
    const era = this.#era;
    const { token } = await this.#api.createSession();
    // The visitor has logged out meanwhile; what comes next makes another session.
    if (era !== this.#era) return;
    // Another tab may have been faster: both then speak in one conversation.
    this.#keep(this.#store.get("token") ?? token);
    made();
  }

  #keep(token) {
    this.token = token;
    this.#store.set("refreshed", Date.now());
    this.#store.set("token", token);
  }
}
