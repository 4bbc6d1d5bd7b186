/* The log-in form. */
import { el, icon } from "../widget/dom.js";
import { post } from "./api.js";
import { problem, t } from "./words.js";

export function loginView(entered, notice = "") {
  const name = el("input", { id: "name", name: "username", autocomplete: "username", required: true, maxlength: 60 });
  const password = el("input", {
    id: "password", name: "password", type: "password", autocomplete: "current-password", required: true, maxlength: 256,
  });
  const note = el("p", { class: "problem", role: "alert", text: notice });
  const button = el("button", { class: "primary", type: "submit", text: t("Log in") });

  async function submit(event) {
    event.preventDefault();
    button.disabled = true;
    note.textContent = "";
    try {
      entered(await post("login", { name: name.value, password: password.value }));
    } catch (error) {
      note.textContent = problem(error);
      password.value = "";
      password.focus();
    } finally {
      button.disabled = false;
    }
  }

  const form = el(
    "form", { on: { submit } },
    el("span", { class: "mark" }, icon("leaf")),
    el("h1", { text: t("The desk") }),
    el("p", { class: "quiet", text: t("Where people answer when the bot should not.") }),
    el("label", { for: "name", text: t("Name") }), name,
    el("label", { for: "password", text: t("Password") }), password,
    note, button,
  );
  queueMicrotask(() => name.focus());
  return el("main", { class: "login" }, form);
}
