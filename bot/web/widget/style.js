/* The shadow root's style sheet. Pages theme through --frontdesk-accent, -on-accent, -radius and -font. */
export const css = `
:host { all: initial !important; display: contents !important; }
.frontdesk {
  --accent: var(--frontdesk-accent, #2f6b4f);
  --on-accent: var(--frontdesk-on-accent, #ffffff);
  --deep: color-mix(in srgb, var(--accent) 82%, #000000);
  --radius: var(--frontdesk-radius, 20px);
  --surface: #ffffff; --raised: #f2f4f1; --ink: #1b231f; --muted: #5c6861; --line: #e2e6e1; --alert: #9a3412;
  --accent-ink: var(--accent); --star: #b7791f;
  --tint: color-mix(in srgb, var(--accent) 9%, var(--surface));
  --shadow: 0 1px 2px rgb(20 30 25 / .06), 0 12px 44px rgb(20 30 25 / .18);
  color-scheme: light;
  color: var(--ink);
  font: 400 15px/1.5 var(--frontdesk-font, -apple-system, "Segoe UI", Roboto, Arial, sans-serif);
}
.frontdesk[data-accent="bright"] {
  --on-accent: var(--frontdesk-on-accent, #000000);
  --accent-ink: color-mix(in srgb, var(--accent) 40%, #000000);
  --deep: color-mix(in srgb, var(--accent) 86%, #ffffff);
}
.frontdesk[data-scheme="dark"] {
  --surface: #161b18; --raised: #222925; --ink: #e7ece8; --muted: #9ba7a0; --line: #2c3430; --alert: #fdba74;
  --accent-ink: color-mix(in srgb, var(--accent) 42%, #ffffff); --star: #f6c453;
  --tint: color-mix(in srgb, var(--accent) 22%, var(--surface));
  --shadow: 0 0 0 1px var(--line), 0 16px 48px rgb(0 0 0 / .5);
  color-scheme: dark;
}
*, *::before, *::after { box-sizing: border-box; }
[hidden] { display: none !important; }
h2, p, ol { margin: 0; padding: 0; }
button, textarea { font: inherit; color: inherit; }
button { cursor: pointer; border: 0; background: none; padding: 0; }
button:disabled { cursor: default; }
:focus-visible { outline: 2px solid var(--accent-ink); outline-offset: 2px; }
.icon { width: 22px; height: 22px; fill: none; stroke: currentColor; stroke-width: 1.7; stroke-linecap: round;
  stroke-linejoin: round; flex: none; display: block; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

.launcher { position: fixed; z-index: 2147483000; inset-block-end: calc(24px + env(safe-area-inset-bottom));
  inset-inline-end: 24px; width: 60px; height: 60px; border-radius: 50%; color: var(--on-accent); display: grid;
  place-items: center; background: var(--accent) linear-gradient(150deg, transparent 30%, var(--deep));
  box-shadow: 0 1px 3px rgb(20 30 25 / .2), 0 10px 30px rgb(20 30 25 / .28);
  transition: transform .18s cubic-bezier(.2, .8, .3, 1.3), box-shadow .18s; }
.launcher:hover { transform: translateY(-2px) scale(1.04); }
.launcher .icon { width: 28px; height: 28px; }
.launcher .when-open, .open .launcher .icon:first-child { display: none; }
.open .launcher .when-open { display: block; }
[dir="rtl"] .launcher .icon:first-child { transform: scaleX(-1); }
.badge { position: absolute; inset-block-start: -3px; inset-inline-end: -3px; min-width: 22px; height: 22px; padding: 0 6px;
  border-radius: 11px; background: #b42318; color: #fff; font-size: 12px; font-weight: 600; line-height: 22px;
  text-align: center; box-shadow: 0 0 0 2px var(--surface); animation: pop .25s cubic-bezier(.2, .8, .3, 1.4); }
@keyframes pop { from { transform: scale(.3); } }

.panel { position: fixed; z-index: 2147483000; inset-inline-end: 24px; bottom: calc(100px + env(safe-area-inset-bottom));
  width: min(404px, calc(100vw - 32px)); height: min(680px, calc(100vh - 124px)); display: flex; flex-direction: column;
  overflow: hidden; background: var(--surface); border-radius: var(--radius); box-shadow: var(--shadow);
  transform-origin: bottom right; animation: rise .24s cubic-bezier(.2, .8, .3, 1); }
[data-position="left"] :is(.launcher, .panel) { right: auto; left: 24px; transform-origin: bottom left; }
[data-position="right"] :is(.launcher, .panel) { left: auto; right: 24px; }
[data-position="end"][dir="rtl"] .panel { transform-origin: bottom left; }
@keyframes rise { from { opacity: 0; transform: translateY(14px) scale(.96); } }

header { position: relative; display: flex; align-items: center; gap: 12px; padding-block: 18px; padding-inline: 20px 12px;
  color: var(--on-accent); background: var(--accent) linear-gradient(135deg, transparent 20%, var(--deep)); }
.mark, .plain, .send, .thumb, .avatar { display: grid; place-items: center; flex: none; }
.mark { width: 40px; height: 40px; border-radius: 14px; background: color-mix(in srgb, currentColor 16%, transparent); }
.names { flex: 1; min-width: 0; }
h2, .names p, time { unicode-bidi: plaintext; }
h2 { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
[dir="rtl"] .names { text-align: right; }
h2 { font-size: 17px; line-height: 1.3; font-weight: 650; }
.names p { font-size: 13px; line-height: 1.4; }
.plain { width: 36px; height: 36px; border-radius: 10px; }
.plain:hover { background: color-mix(in srgb, currentColor 14%, transparent); }
header :focus-visible { outline-color: currentColor; }
.plain + .plain { margin-inline-start: -10px; }
.sound .icon { opacity: .75; }
.sound[aria-pressed="true"] .icon { opacity: 1; fill: currentColor; }
.sound[aria-pressed="false"]::after { content: ""; position: absolute; width: 22px; height: 1.7px; background: currentColor;
  transform: rotate(45deg); opacity: .75; }

.notice { padding: 10px 20px; background: var(--tint); font-size: 13px; line-height: 1.45; unicode-bidi: plaintext;
  border-bottom: 1px solid var(--line); }
.notice:empty { display: none; }
.scroll { position: relative; flex: 1; min-height: 0; overflow-y: auto; overscroll-behavior: contain; padding: 20px 20px 16px;
  scrollbar-width: thin; scrollbar-color: var(--line) transparent; }

.jump { position: relative; align-self: flex-end; margin: -48px 20px 10px; width: 38px;
  height: 38px; border-radius: 50%; display: grid; place-items: center;
  background: var(--surface); color: var(--accent-ink); box-shadow: 0 0 0 1px var(--line), 0 4px 14px rgb(20 30 25 / .18); }
.composer { padding: 10px 14px calc(14px + env(safe-area-inset-bottom)); }
.field { display: flex; align-items: flex-end; gap: 6px; padding-block: 6px; padding-inline: 16px 6px; border: 1px solid var(--line);
  border-radius: 24px; background: var(--surface); }
.field:focus-within { border-color: var(--accent-ink); box-shadow: 0 0 0 3px var(--tint); }
/* 16 px keeps phones from zooming in on focus. */
.field textarea { flex: 1; min-width: 0; resize: none; border: 0; outline: 0; background: none; font-size: 16px;
  line-height: 22px; padding: 7px 0; max-height: 132px; }
textarea::placeholder { color: var(--muted); opacity: 1; }
.send { width: 36px; height: 36px; border-radius: 50%; background: var(--accent); color: var(--on-accent); }
.send:disabled { background: var(--raised); color: var(--muted); }
.plain .icon, .send .icon { width: 20px; height: 20px; }
.counter { font-size: 12px; color: var(--muted); padding: 0 16px 6px; text-align: end; }
.counter:empty { display: none; }
.counter.over { color: var(--alert); }

.message, .typing { display: flex; gap: 10px; margin-block-start: 18px; }
.typing { animation: appear .2s .25s both; }
.message.follows { margin-block-start: 4px; }
.welcome .message { margin: 0; }
.message.customer { justify-content: flex-end; }
.body { max-width: calc(100% - 40px); min-width: 0; display: flex; flex-direction: column; align-items: flex-start; }
.customer .body { max-width: 82%; align-items: flex-end; }
.avatar { width: 28px; height: 28px; border-radius: 10px;
  background: var(--tint); color: var(--accent-ink); margin-block-start: 6px; }
.avatar .icon { width: 17px; height: 17px; }
.avatar.person { border-radius: 50%; background: var(--accent); color: var(--on-accent); font-size: 13px; font-weight: 600; }
.follows .avatar { visibility: hidden; }

.bubble, .dots { padding: 10px 15px; border-radius: 20px; background: var(--raised); white-space: pre-wrap;
  overflow-wrap: anywhere; max-width: 100%; }
/* The corner at the speaker follows the panel's direction, not that of the words. */
.bot .bubble, .agent .bubble, .dots { border-top-left-radius: 6px; }
.customer .bubble { background: var(--accent) linear-gradient(150deg, transparent 40%, var(--deep)); color: var(--on-accent);
  border-bottom-right-radius: 6px; }
[dir="rtl"] :is(.bot .bubble, .agent .bubble, .dots) { border-top-left-radius: 20px; border-top-right-radius: 6px; }
[dir="rtl"] .customer .bubble { border-bottom-right-radius: 20px; border-bottom-left-radius: 6px; }
.agent .bubble { background: var(--tint); }
.message[data-rung="handoff"].bot .bubble { background: none; box-shadow: inset 0 0 0 1px var(--line); }
.bubble a { color: inherit; text-underline-offset: 2px; }

.meta { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 0 12px; width: 100%;
  font-size: 11.5px; line-height: 1.4; color: var(--muted); margin-block-start: 5px; padding: 0 4px; }
.customer .meta { justify-content: flex-end; }
.continued .meta:not(:has(.rating)) { display: none; }
.pending .bubble { opacity: .66; }
.refused .bubble { background: none; color: var(--ink); box-shadow: inset 0 0 0 1px var(--alert); }
.refused .state { color: var(--alert); }

[data-day] { flex-wrap: wrap; }
[data-day]::before { content: attr(data-day); flex: 0 0 100%; text-align: center; font-size: 11.5px;
  color: var(--muted); margin-block: 4px 2px; }
.divider { font-size: 12.5px; line-height: 1.45; color: var(--muted); text-align: center; padding: 14px 20px;
  margin-block-start: 22px; border-block-start: 1px solid var(--line); }

.sources { margin-block-start: 8px; width: 100%; font-size: 13px; line-height: 1.45; }
.sources summary { display: inline-flex; align-items: center; gap: 4px; padding: 3px 10px 3px 5px; border-radius: 9px;
  cursor: pointer; list-style: none; color: var(--accent-ink); font-weight: 550; }
.sources summary::-webkit-details-marker { display: none; }
.sources summary:hover { background: var(--tint); }
.turn { width: 17px; height: 17px; stroke-width: 2; transition: transform .14s; }
[dir="rtl"] .turn { transform: scaleX(-1); }
.sources[open] .turn { transform: rotate(90deg); }
.sources ol { list-style: none; display: grid; gap: 8px; margin-block-start: 7px; }
.sources li { padding: 10px 13px; border: 1px solid var(--line); border-radius: 12px; }
.source-title { font-weight: 600; overflow-wrap: anywhere; }
.source-title code { font: 500 11.5px/1 ui-monospace, monospace;
  color: var(--muted); margin-inline-end: 8px; }
.source-excerpt { color: var(--muted); margin-block-start: 3px; overflow-wrap: anywhere; white-space: pre-line; }

.rating { display: flex; flex-wrap: wrap; align-items: center; gap: 2px; font-size: 12.5px; }
.meta:has(.comment) .rating { flex: 0 0 100%; }
.rating-state { order: -1; margin-inline-end: 6px; }
.thumb { width: 32px; height: 30px; border-radius: 9px; color: var(--muted); }
.thumb .icon { width: 17px; height: 17px; }
.thumb.down .icon { transform: rotate(180deg); }
.thumb:hover { background: var(--raised); color: var(--ink); }
.thumb[aria-pressed="true"] { background: var(--tint); color: var(--accent-ink); }
.comment { flex: 0 0 100%; display: flex; flex-wrap: wrap; align-items: center; gap: 8px; margin-block-start: 6px; }
.skip { padding: 7px 10px; font-size: 14px; color: var(--muted); border-radius: 18px; }
.skip:hover { color: var(--ink); text-decoration: underline; }
.comment textarea { width: 100%; resize: vertical; padding: 9px 12px; border: 1px solid var(--line); border-radius: 12px;
  background: var(--surface); font-size: 16px; line-height: 1.4; }

.choices { display: flex; flex-wrap: wrap; gap: 8px; margin-block-start: 10px; }
.chip { padding: 7px 14px; min-height: 36px; border-radius: 18px; border: 1px solid var(--line); background: var(--surface);
  color: var(--accent-ink); font-size: 14px; font-weight: 550; line-height: 1.4; text-align: start; }
.chip { unicode-bidi: plaintext; }
.chip:hover { background: var(--tint); border-color: var(--accent-ink); }
.stars { gap: 2px; }
.star { padding: 6px; border-color: transparent; color: var(--star); }
.star .icon { width: 28px; height: 28px; }
.star:hover { background: none; border-color: transparent; }
.stars:hover .star .icon { fill: currentColor; }
.star:hover ~ .star .icon { fill: none; }

.dots { display: flex; gap: 5px; width: max-content; padding: 15px 16px; }
.dots i { width: 7px; height: 7px; border-radius: 50%; background: var(--muted); animation: breathe 1.2s infinite ease-in-out; }
.dots i:nth-of-type(2) { animation-delay: .15s; }
.dots i:nth-of-type(3) { animation-delay: .3s; }
@keyframes breathe { 0%, 60%, 100% { opacity: .3; } 30% { opacity: 1; transform: translateY(-2px); } }
@keyframes appear { from { opacity: 0; } }
.said .message.bot, .said .message.agent, .pending { animation: arrive .18s ease-out; }
@keyframes arrive { from { opacity: 0; transform: translateY(6px); } }

@media (max-width: 520px), (max-height: 460px) {
  .frontdesk .panel { inset: 0 0 auto 0; width: 100%; height: 100vh; height: 100dvh; border-radius: 0; }
  .open .launcher { display: none; }
  .launcher { inset-inline-end: 16px; inset-block-end: calc(16px + env(safe-area-inset-bottom)); }
  header { padding: calc(14px + env(safe-area-inset-top)) 6px 14px; padding-inline-start: 12px; gap: 10px; }
  .plain { width: 40px; height: 44px; }
  .plain + .plain { margin-inline-start: -14px; }
  .mark { width: 36px; height: 36px; }
  .scroll, .composer { padding-inline: 14px; }
  /* A phone on its side has its camera in the page. */
  .panel > * { margin-inline: env(safe-area-inset-left) env(safe-area-inset-right); }
}
@media (forced-colors: active) {
  .panel, .bubble, .field, .launcher, .send { border: 1px solid; }
}
@media (prefers-reduced-motion: reduce) {
  *, *::before, *::after { animation: none !important; transition: none !important; }
}
`;
