/* The one script tag of a host page. `window.Frontdesk` waits for the modules that this loads. */
(() => {
  if (window.Frontdesk) return;
  const script = document.currentScript ?? document.querySelector('script[src*="widget.js"]');
  const base = new URL(".", script.src);
  const attributes = { ...script.dataset };
  const loaded = import(new URL("static/widget/main.js", base)).then((module) => module.start({ base, attributes }));
  loaded.catch((error) => console.error("Frontdesk: the widget could not be loaded.", error));
  const later = (name) => (...values) => loaded.then((widget) => widget[name](...values));
  window.Frontdesk = { open: later("open"), close: later("close"), ask: later("ask") };
})();
