/* The shadow root's style sheet. Pages theme through --frontdesk-accent, -on-accent, -radius and -font. */
export const css = `
:host { all: initial !important; display: contents !important; }
.frontdesk {
  --accent: var(--frontdesk-accent, #2f6b4f);
  --on-accent: var(--frontdesk-on-accent, #ffffff);
  --radius: var(--frontdesk-radius, 20px);
  --surface: #ffffff; --raised: #f2f4f1; --ink: #1b231f; --muted: #5c6861; --line: #e2e6e1; --alert: #9a3412;
  --accent-ink: var(--accent);
  --tint: color-mix(in srgb, var(--accent) 9%, var(--surface));
  --shadow: 0 1px 2px rgb(20 30 25 / .06), 0 12px 44px rgb(20 30 25 / .18);
  color-scheme: light;
  color: var(--ink);
  font: 400 15px/1.5 var(--frontdesk-font, -apple-system, BlinkMacSystemFont, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif);
}
.frontdesk[data-scheme="dark"] {
  --surface: #161b18; --raised: #222925; --ink: #e7ece8; --muted: #9ba7a0; --line: #2c3430; --alert: #fdba74;
  --accent-ink: color-mix(in srgb, var(--accent) 42%, #ffffff);
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
  right: 24px; width: 60px; height: 60px; border-radius: 50%; background: var(--accent); color: var(--on-accent);
  display: grid; place-items: center; box-shadow: 0 8px 28px rgb(20 30 25 / .25);
  }
.launcher:hover { filter: brightness(1.1); }
.launcher .icon { width: 28px; height: 28px; }
.launcher .when-open, .open .launcher .icon:first-child { display: none; }
.open .launcher .when-open { display: block; }
.badge { position: absolute; inset-block-start: -3px; inset-inline-end: -3px; min-width: 22px; height: 22px; padding: 0 6px;
  border-radius: 11px; background: #b42318; color: #fff; font-size: 12px; font-weight: 600; line-height: 22px;
  text-align: center; }

.panel { position: fixed; z-index: 2147483000; right: 24px; bottom: calc(100px + env(safe-area-inset-bottom));
  width: min(404px, calc(100vw - 32px)); height: min(680px, calc(100vh - 124px)); display: flex; flex-direction: column;
  overflow: hidden; background: var(--surface); border-radius: var(--radius); box-shadow: var(--shadow);
  animation: rise .2s cubic-bezier(.2, .8, .3, 1); }
[data-position="left"] .launcher, [data-position="left"] .panel { right: auto; left: 24px; }
@keyframes rise { from { opacity: 0; transform: translateY(12px) scale(.98); } }

header { display: flex; align-items: center; gap: 12px; padding-block: 16px; padding-inline: 20px 14px; border-bottom: 1px solid var(--line); }
.mark, .plain, .send, .thumb, .avatar { display: grid; place-items: center; flex: none; }
.mark { width: 40px; height: 40px; border-radius: 14px;
  background: var(--accent); color: var(--on-accent); }
.names { flex: 1; min-width: 0; }
h2 { font-size: 16px; line-height: 1.3; font-weight: 650; letter-spacing: -.01em; }
.names p { font-size: 13px; line-height: 1.4; color: var(--muted); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.plain { width: 36px; height: 36px; border-radius: 10px; color: var(--muted); }
.plain:hover { background: var(--raised); color: var(--ink); }
.plain + .plain { margin-inline-start: -8px; }

.notice { padding: 10px 20px; background: var(--tint); font-size: 13px; line-height: 1.45; border-bottom: 1px solid var(--line); }
.notice:empty { display: none; }
.scroll { position: relative; flex: 1; min-height: 0; overflow-y: auto; overscroll-behavior: contain; padding: 20px 20px 16px;
  scrollbar-width: thin; scrollbar-color: var(--line) transparent; }

.composer { padding: 10px 14px calc(14px + env(safe-area-inset-bottom)); }
.field { display: flex; align-items: flex-end; gap: 6px; padding-block: 6px; padding-inline: 16px 6px; border: 1px solid var(--line);
  border-radius: 24px; background: var(--surface); }
.field:focus-within { border-color: var(--accent-ink); box-shadow: 0 0 0 3px var(--tint); }
/* 16 px keeps phones from zooming in on focus. */
.field textarea { flex: 1; min-width: 0; resize: none; border: 0; outline: 0; background: none; font-size: 16px;
  line-height: 22px; padding: 7px 0; max-height: 132px; }
textarea::placeholder { color: var(--muted); opacity: 1; }
.send { width: 36px; height: 36px; border-radius: 50%;
  background: var(--accent); color: var(--on-accent); }
.send:disabled { background: var(--raised); color: var(--muted); }
.plain .icon, .send .icon { width: 20px; height: 20px; }
.counter { font-size: 12px; color: var(--muted); padding: 0 16px 6px; text-align: end; }
.counter:empty { display: none; }
.counter.over { color: var(--alert); }

.message { display: flex; gap: 10px; margin-block-start: 18px; }
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

.bubble { padding: 10px 15px; border-radius: 18px; background: var(--raised); white-space: pre-wrap;
  overflow-wrap: anywhere; max-width: 100%; }
.bot .bubble, .agent .bubble { border-start-start-radius: 6px; }
.customer .bubble { background: var(--accent); color: var(--on-accent); border-end-end-radius: 6px; }
.agent .bubble { background: var(--tint); }
.message[data-rung="handoff"].bot .bubble { background: none; box-shadow: inset 0 0 0 1px var(--line); }
.bubble a { color: inherit; text-underline-offset: 2px; }

.meta { font-size: 11.5px; line-height: 1.4; color: var(--muted); margin-block-start: 5px; padding: 0 4px; }
.continued .meta { display: none; }
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
.turn { width: 17px; height: 17px; stroke-width: 2; transform: rotate(-90deg); transition: transform .14s; }
.sources[open] .turn { transform: none; }
.sources ol { list-style: none; display: grid; gap: 8px; margin-block-start: 7px; }
.sources li { padding: 10px 13px; border: 1px solid var(--line); border-radius: 12px; }
.source-title { font-weight: 600; overflow-wrap: anywhere; }
.source-title code { font: 500 11.5px/1 ui-monospace, monospace;
  color: var(--muted); margin-inline-end: 8px; }
.source-excerpt { color: var(--muted); margin-block-start: 3px; overflow-wrap: anywhere; white-space: pre-line; }

.rating { display: flex; flex-wrap: wrap; align-items: center; gap: 4px; margin-block-start: 4px; width: 100%;
  font-size: 12.5px; color: var(--muted); }
.thumb { width: 32px; height: 30px; border-radius: 9px; color: var(--muted); }
.thumb .icon { width: 17px; height: 17px; }
.thumb.down .icon { transform: rotate(180deg); }
.thumb:hover { background: var(--raised); color: var(--ink); }
.thumb[aria-pressed="true"] { background: var(--tint); color: var(--accent-ink); }
.comment { flex: 0 0 100%; display: flex; flex-direction: column; align-items: flex-start; gap: 8px; margin-block-start: 6px; }
.comment textarea { width: 100%; resize: vertical; padding: 9px 12px; border: 1px solid var(--line); border-radius: 12px;
  background: var(--surface); font-size: 14px; line-height: 1.4; }

.choices { display: flex; flex-wrap: wrap; gap: 8px; margin-block-start: 10px; }
.chip { padding: 7px 14px; min-height: 36px; border-radius: 18px; border: 1px solid var(--line); background: var(--surface);
  color: var(--accent-ink); font-size: 14px; font-weight: 550; line-height: 1.4; text-align: start; }
.chip:hover { background: var(--tint); border-color: var(--accent-ink); }

.typing { display: flex; gap: 5px; width: max-content; padding: 15px 16px; margin: 18px 0 0; margin-inline-start: 38px;
  border-radius: 18px; border-start-start-radius: 6px; background: var(--raised); animation: appear .2s .25s both; }
.typing i { width: 7px; height: 7px; border-radius: 50%; background: var(--muted); animation: breathe 1.2s infinite ease-in-out; }
.typing i:nth-of-type(2) { animation-delay: .15s; }
.typing i:nth-of-type(3) { animation-delay: .3s; }
@keyframes breathe { 0%, 60%, 100% { opacity: .3; } 30% { opacity: 1; transform: translateY(-2px); } }
@keyframes appear { from { opacity: 0; } }
.said .message.bot, .said .message.agent, .pending { animation: arrive .18s ease-out; }
@keyframes arrive { from { opacity: 0; transform: translateY(6px); } }

@media (max-width: 520px) {
  .panel, [data-position="left"] .panel { inset: 0 0 auto 0; width: 100%; height: 100vh; height: 100dvh; border-radius: 0; }
  .open .launcher { display: none; }
  .launcher { right: 16px; inset-block-end: calc(16px + env(safe-area-inset-bottom)); }
  [data-position="left"] .launcher { left: 16px; }
  header { padding-block-start: calc(14px + env(safe-area-inset-top)); }
}
@media (prefers-reduced-motion: reduce) {
  *, *::before, *::after { animation: none !important; transition: none !important; }
}
`;
