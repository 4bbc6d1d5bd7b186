/* The widget's own style sheets, adopted by its shadow root: a page's policy needs no 'unsafe-inline' for them. */
import { frame } from "./style-frame.js";
import { messages } from "./style-messages.js";

/** Returns the sheets of the shadow root. */
export function sheets() {
  return [frame, messages].map((text) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    return sheet;
  });
}
