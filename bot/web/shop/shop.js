/* The demo page: its questions go to the widget. */
document.addEventListener("click", (event) => {
  const question = event.target.closest("[data-ask]");
  if (question) window.Frontdesk.ask(question.dataset.ask);
  else if (event.target.closest("[data-open]")) window.Frontdesk.open();
});
