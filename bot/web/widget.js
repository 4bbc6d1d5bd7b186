/* Frontdesk widget: the one script tag of a host page.
 *
 *   <script src="https://support.example/widget.js" data-title="Help" data-accent="#2f6b4f" defer></script>
 *
 * Loads the modules beside it and offers `window.Frontdesk`, whose calls wait until they are there.
 */
(() => {
  "use strict";
  if (window.Frontdesk) return;
  const script = document.currentScript ?? document.querySelector('script[src*="widget.js"]');
  const base = new URL(".", script.src);
  const loaded = import(new URL("static/widget/main.js", base).href).then((module) =>
    module.start({ base, attributes: { ...script.dataset } })
  );
  loaded.catch((error) => console.error("Frontdesk: the widget could not be loaded.", error));
  const later = (name) => (...values) => loaded.then((widget) => widget[name](...values));
  window.Frontdesk = Object.freeze({
    open: later("open"),
    close: later("close"),
    toggle: later("toggle"),
    ask: later("ask"),
  });
})();
