/* Colours, launcher, panel, header, composer. Pages theme through --frontdesk-accent, -on-accent, -radius and -font. */
export const frame = `
:host { all: initial !important; display: contents !important; }
.frontdesk {
  --accent: var(--frontdesk-accent, #2f6b4f);
  --on-accent: var(--frontdesk-on-accent, #ffffff);
  --radius: var(--frontdesk-radius, 20px);
  --surface: #ffffff; --raised: #f2f4f1; --ink: #1b231f; --muted: #5c6861; --line: #e2e6e1; --alert: #9a3412;
  --accent-ink: var(--accent);
  --tint: #eaf1ed;
  --tint: color-mix(in srgb, var(--accent) 9%, var(--surface));
  --shadow: 0 1px 2px rgb(20 30 25 / .06), 0 12px 44px rgb(20 30 25 / .18);
  color-scheme: light;
  color: var(--ink);
  font: 400 15px/1.5 var(--frontdesk-font, -apple-system, BlinkMacSystemFont, "Segoe UI", Roboto, "Helvetica Neue", Arial,
    "PingFang SC", "Hiragino Sans GB", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif);
  -webkit-font-smoothing: antialiased;
  text-align: start;
}
.frontdesk[data-scheme="dark"] {
  --surface: #161b18; --raised: #222925; --ink: #e7ece8; --muted: #9ba7a0; --line: #2c3430; --alert: #fdba74;
  --accent-ink: #9fd0b6;
  --accent-ink: color-mix(in srgb, var(--accent) 42%, #ffffff);
  --tint: #1f2b25;
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
  display: grid; place-items: center; box-shadow: 0 2px 6px rgb(20 30 25 / .2), 0 8px 28px rgb(20 30 25 / .22);
  transition: transform .16s ease; }
.launcher:hover { transform: translateY(-2px); }
.launcher .icon { width: 28px; height: 28px; grid-area: 1 / 1; transition: opacity .16s, transform .16s; }
.launcher .when-open, .open .launcher .icon:first-child { opacity: 0; transform: scale(.6); }
.open .launcher .when-open { opacity: 1; transform: none; }
.badge { position: absolute; inset-block-start: -3px; inset-inline-end: -3px; min-width: 22px; height: 22px; padding: 0 6px;
  border-radius: 11px; background: #b42318; color: #fff; font-size: 12px; font-weight: 600; line-height: 22px;
  text-align: center; box-shadow: 0 0 0 2px var(--surface); }

.panel { position: fixed; z-index: 2147483000; right: 24px; bottom: calc(100px + env(safe-area-inset-bottom));
  width: min(404px, calc(100vw - 32px)); height: min(680px, calc(100vh - 124px)); display: flex; flex-direction: column;
  overflow: hidden; background: var(--surface); border-radius: var(--radius); box-shadow: var(--shadow);
  transform-origin: 100% 100%; animation: rise .2s cubic-bezier(.2, .8, .3, 1); }
[data-position="left"] .launcher, [data-position="left"] .panel { right: auto; left: 24px; transform-origin: 0 100%; }
@keyframes rise { from { opacity: 0; transform: translateY(12px) scale(.98); } }

header { display: flex; align-items: center; gap: 12px; padding: 16px 14px 16px 20px; border-bottom: 1px solid var(--line); }
[dir="rtl"] header { padding: 16px 20px 16px 14px; }
.mark { width: 40px; height: 40px; border-radius: 14px; display: grid; place-items: center; flex: none;
  background: var(--accent); color: var(--on-accent); }
.names { flex: 1; min-width: 0; }
h2 { font-size: 16px; line-height: 1.3; font-weight: 650; letter-spacing: -.01em; }
.names p { font-size: 13px; line-height: 1.4; color: var(--muted); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.plain { width: 36px; height: 36px; border-radius: 10px; display: grid; place-items: center; color: var(--muted); }
.plain:hover { background: var(--raised); color: var(--ink); }
.plain .icon { width: 20px; height: 20px; }
.plain + .plain { margin-inline-start: -8px; }

.notice { padding: 10px 20px; background: var(--tint); font-size: 13px; line-height: 1.45; border-bottom: 1px solid var(--line); }
.notice:empty { display: none; }
.scroll { flex: 1; min-height: 0; overflow-y: auto; overscroll-behavior: contain; padding: 20px 20px 16px;
  scrollbar-width: thin; scrollbar-color: var(--line) transparent; }

.composer { padding: 10px 14px calc(14px + env(safe-area-inset-bottom)); }
.field { display: flex; align-items: flex-end; gap: 6px; padding: 6px 6px 6px 16px; border: 1px solid var(--line);
  border-radius: 24px; background: var(--surface); transition: border-color .12s, box-shadow .12s; }
[dir="rtl"] .field { padding: 6px 16px 6px 6px; }
.field:focus-within { border-color: var(--accent-ink); box-shadow: 0 0 0 3px var(--tint); }
/* 16 px keeps phones from zooming in on focus. */
.field textarea { flex: 1; min-width: 0; resize: none; border: 0; outline: 0; background: none; font-size: 16px;
  line-height: 22px; padding: 7px 0; max-height: 132px; }
textarea::placeholder { color: var(--muted); opacity: 1; }
.send { width: 36px; height: 36px; border-radius: 50%; display: grid; place-items: center; flex: none;
  background: var(--accent); color: var(--on-accent); transition: background .12s, color .12s; }
.send:disabled { background: var(--raised); color: var(--muted); }
.send .icon { width: 20px; height: 20px; stroke-width: 2; }
.counter { font-size: 12px; color: var(--muted); padding: 0 16px 6px; text-align: end; }
.counter:empty { display: none; }
.counter.over { color: var(--alert); }

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
@media print { .frontdesk { display: none; } }
`;
