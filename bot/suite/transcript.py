"""What was said and what was expected, in lines that a person reads on a terminal or in a report."""

from __future__ import annotations

from bot.suite.results import Outcome, Round, RunResult, Turn

# A long text is told by its beginning.
MAX_SHOWN = 400


def failures(result: RunResult) -> list[str]:
    """Return a block of lines for each story that failed and each file that was too slow."""
    blocks = [failure(outcome) for outcome in result.outcomes if outcome.failed]
    blocks += [f"FAILED {one.suite.path}: {one.too_slow()}" for one in result.suites if one.too_slow()]
    return blocks


def failure(outcome: Outcome) -> str:
    """Return where a story failed, the conversation so far and what is wrong."""
    lines = [f"FAILED {outcome.story.path}:{outcome.story.line}  {outcome.story.name}"]
    for number, one in enumerate(outcome.rounds, start=1):
        if one.problems:
            if len(outcome.rounds) > 1:
                lines.append(f"  round {number} of {len(outcome.rounds)}")
            lines += [*conversation(one), f"  line {one.turns[-1].step.line} is not met:"]
            lines += [f"    - {problem}" for problem in one.problems]
            break
    lines += [f"    - answered differently: {difference}" for difference in outcome.differences()]
    return "\n".join(lines)


def conversation(one: Round) -> list[str]:
    """Return the lines of one round."""
    return [line for turn in one.turns for line in _turn(turn)]


def _turn(turn: Turn) -> list[str]:
    verb = "presses" if turn.step.press else "says"
    lines = [f"  customer {verb}: {shortened(turn.step.said)}"]
    if turn.answer.refused:
        return [*lines, f"  gateway refuses: {turn.answer.refused}: {turn.answer.reason}"]
    for reply in turn.answer.replies:
        sources = f" {','.join(source.id for source in reply.sources)}" if reply.sources else ""
        buttons = "".join(f" [{button.title}]" for button in reply.buttons)
        lines.append(f"  bot ({reply.rung}{sources}): {shortened(reply.text)}{buttons}")
    if not turn.answer.replies:
        lines.append("  bot is silent")
    return lines


def shortened(text: str) -> str:
    """Return a text on one line, cut where it is very long."""
    flat = " ".join(text.split())
    return flat if len(flat) <= MAX_SHOWN else f"{flat[:MAX_SHOWN]} ... ({len(flat)} characters)"


def document(result: RunResult) -> dict[str, object]:
    """Return the whole run as data for JSON."""
    return {
        **result.counts(),
        "ok": result.passed,
        "files": [
            {"path": str(one.suite.path), "too_slow": one.too_slow(), "stories": [_data(o) for o in one.outcomes]}
            for one in result.suites
        ],
    }


def _data(outcome: Outcome) -> dict[str, object]:
    state = "skipped" if outcome.skipped else "failed" if outcome.failed else "passed"
    return {
        "story": outcome.story.name,
        "line": outcome.story.line,
        "state": state,
        "skipped": outcome.skipped,
        "seconds": round(outcome.seconds, 3),
        "differences": outcome.differences(),
        "rounds": [[_step(turn) for turn in one.turns] for one in outcome.rounds],
    }


def _step(turn: Turn) -> dict[str, object]:
    return {
        "line": turn.step.line,
        "said": turn.step.said,
        "milliseconds": round(turn.answer.milliseconds, 1),
        "refused": turn.answer.refused,
        "handed_over": turn.answer.handed_over,
        "replies": [reply.to_dict() for reply in turn.answer.replies],
        "problems": list(turn.problems),
    }
