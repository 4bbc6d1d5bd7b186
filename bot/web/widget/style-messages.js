/* What was said: bubbles, sources, thumbs, quick replies, typing. */
export const messages = `
.log:empty { display: none; }
.message { display: flex; gap: 10px; margin-block-start: 18px; }
.message.follows { margin-block-start: 4px; }
.welcome .message { margin: 0; }
.message.customer { justify-content: flex-end; }
.body { max-width: calc(100% - 40px); min-width: 0; display: flex; flex-direction: column; align-items: flex-start; }
.customer .body { max-width: 82%; align-items: flex-end; }
.avatar { width: 28px; height: 28px; flex: none; border-radius: 10px; display: grid; place-items: center;
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
.bubble a { color: inherit; text-decoration: underline; text-underline-offset: 2px; text-decoration-thickness: 1px; }
.bubble a:hover { text-decoration-thickness: 2px; }

.meta { font-size: 11.5px; line-height: 1.4; color: var(--muted); margin-block-start: 5px; padding: 0 4px; }
.continued .meta { display: none; }
.pending .bubble { opacity: .66; }
.refused .bubble { background: none; color: var(--ink); box-shadow: inset 0 0 0 1px var(--alert); }
.refused .state { color: var(--alert); }

[data-day]:not([data-day=""]) { flex-wrap: wrap; }
[data-day]:not([data-day=""])::before { content: attr(data-day); flex: 0 0 100%; text-align: center; font-size: 11.5px;
  color: var(--muted); margin-block: 4px 2px; }
[data-day]:not([data-day=""]) .body { max-width: calc(100% - 38px); }
.customer[data-day]:not([data-day=""]) .body { max-width: 82%; }
.divider { font-size: 12.5px; line-height: 1.45; color: var(--muted); text-align: center; padding: 14px 20px;
  margin-block-start: 22px; border-block-start: 1px solid var(--line); }
.past .message { opacity: .72; }

.sources { margin-block-start: 8px; width: 100%; font-size: 13px; line-height: 1.45; }
.sources summary { display: inline-flex; align-items: center; gap: 4px; padding: 3px 10px 3px 5px; border-radius: 9px;
  cursor: pointer; list-style: none; color: var(--accent-ink); font-weight: 550; user-select: none; }
.sources summary::-webkit-details-marker { display: none; }
.sources summary:hover { background: var(--tint); }
.turn { width: 17px; height: 17px; stroke-width: 2; transform: rotate(-90deg); transition: transform .14s; }
.sources[open] .turn { transform: none; }
.sources ol { list-style: none; display: grid; gap: 8px; margin-block-start: 7px; }
.sources li { padding: 10px 13px; border: 1px solid var(--line); border-radius: 12px; }
.source-title { font-weight: 600; overflow-wrap: anywhere; }
.source-title code { font: 500 11.5px/1 ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace;
  color: var(--muted); margin-inline-end: 8px; }
.source-excerpt { color: var(--muted); margin-block-start: 3px; overflow-wrap: anywhere; white-space: pre-line; }

.rating { display: flex; flex-wrap: wrap; align-items: center; gap: 2px; margin-block-start: 4px; width: 100%;
  font-size: 12.5px; color: var(--muted); }
.thumb { width: 32px; height: 30px; border-radius: 9px; display: grid; place-items: center; color: var(--muted); }
.thumb .icon { width: 17px; height: 17px; }
.thumb.down .icon { transform: rotate(180deg); }
.thumb:hover { background: var(--raised); color: var(--ink); }
.thumb[aria-pressed="true"] { background: var(--tint); color: var(--accent-ink); }
.thumb[aria-pressed="true"] .icon { fill: color-mix(in srgb, currentColor 22%, transparent); }
.rating-state { padding-inline-start: 6px; }
.comment { flex: 0 0 100%; display: flex; flex-direction: column; align-items: flex-start; gap: 8px; margin-block-start: 6px; }
.comment textarea { width: 100%; resize: vertical; padding: 9px 12px; border: 1px solid var(--line); border-radius: 12px;
  background: var(--surface); font-size: 14px; line-height: 1.4; }

.choices { display: flex; flex-wrap: wrap; gap: 8px; margin-block-start: 10px; }
.chip { padding: 7px 14px; min-height: 36px; border-radius: 18px; border: 1px solid var(--line); background: var(--surface);
  color: var(--accent-ink); font-size: 14px; font-weight: 550; line-height: 1.4; text-align: start;
  transition: background .12s, border-color .12s; }
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
`;
