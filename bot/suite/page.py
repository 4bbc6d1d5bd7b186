"""All conversations of a run on one page that needs no network: failures first, customer text escaped."""

from __future__ import annotations

from html import escape
from pathlib import Path

from bot.suite.results import Outcome, RunResult, Turn

STYLE = """
:root { color-scheme: light dark; --line: #8884; --bad: #b3261e; --good: #1b7f3b; --soft: #8881; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; } th, td { text-align: left; padding: .2rem .8rem .2rem 0; vertical-align: top; }
details { border: 1px solid var(--line); border-radius: 6px; margin: .4rem 0; padding: .4rem .8rem; }
summary { cursor: pointer; } .failed > summary { color: var(--bad); font-weight: 600; }
.passed > summary::before { content: "passed  "; color: var(--good); }
.failed > summary::before { content: "failed  "; } .skipped > summary::before { content: "skipped  "; }
p.customer { margin: .6rem 0 .2rem; font-weight: 600; } p.bot { margin: .2rem 0 .2rem 1.5rem; background: var(--soft); }
p.problem { color: var(--bad); margin: .2rem 0 .2rem 1.5rem; } small { opacity: .75; font-weight: 400; }
"""
FRAME = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><style>{style}</style></head>
<body><h1>{title}</h1>
{body}
</body></html>
"""


def framed(title: str, body: str, style: str = "") -> str:
    """Return a whole page; ``title`` is text and gets escaped, ``body`` is HTML."""
    return FRAME.format(title=escape(title), style=STYLE + style, body=body)


def write_page(result: RunResult, path: Path) -> None:
    """Write the page, folders included."""
    counts = "".join(f"<tr><th>{escape(name)}</th><td>{value}</td></tr>" for name, value in result.counts().items())
    parts = [f"<table>{counts}</table>"]
    for suite in result.suites:
        parts.append(f"<h2>{escape(str(suite.suite.path))}</h2>")
        if suite.too_slow():
            parts.append(f'<p class="problem">{escape(suite.too_slow())}</p>')
        parts += [_story(one) for one in sorted(suite.outcomes, key=lambda one: not one.failed)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(framed("Conversations", "\n".join(parts)), encoding="utf-8")


def _story(outcome: Outcome) -> str:
    state = "skipped" if outcome.skipped else "failed" if outcome.failed else "passed"
    parts = [f"<p>{escape(outcome.skipped)}</p>"] if outcome.skipped else []
    shown = next((one for one in outcome.rounds if one.problems), outcome.rounds[0] if outcome.rounds else None)
    parts += [_turn(turn) for turn in shown.turns] if shown else []
    parts += [f'<p class="problem">{escape(text)}</p>' for text in outcome.differences()]
    name = f"{escape(outcome.story.name)} <small>line {outcome.story.line}, {outcome.seconds * 1000:.0f} ms</small>"
    opened = " open" if outcome.failed else ""
    return f'<details class="{state}"{opened}><summary>{name}</summary>{"".join(parts)}</details>'


def _turn(turn: Turn) -> str:
    time = f" <small>{turn.answer.milliseconds:.0f} ms</small>"
    parts = [f'<p class="customer">{escape(turn.step.said[:2000])}{time}</p>']
    for reply in turn.answer.replies:
        note = " ".join([reply.rung, *(source.id for source in reply.sources)])
        buttons = "".join(f" [{escape(button.title)}]" for button in reply.buttons)
        parts.append(f'<p class="bot">{escape(reply.text)}{buttons} <small>{escape(note)}</small></p>')
    if turn.answer.refused:
        parts.append(f'<p class="bot">refused: {escape(turn.answer.refused)}</p>')
    parts += [f'<p class="problem">{escape(problem)}</p>' for problem in turn.problems]
    return "".join(parts)
