"""Any sequence of what customers, the bot, people and crashes do, on the real ledger: what a handoff promises."""

import asyncio
import json
import os
import tempfile
from contextlib import suppress
from functools import partial
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bot.channels.channel import UserMessage
from bot.desk.csat import Rating
from bot.errors import BotError, LedgerUnavailable
from bot.gateway import handoffs
from bot.gateway.buttons import Buttons
from bot.gateway.desk.work import Handoffs
from bot.gateway.ledger import Ledger
from bot.gateway.storage.database import Database
from bot.messages import Reply

AGENTS = st.sampled_from(["Maren", "Tom"])
OUTCOMES = st.sampled_from(["solved", "spam"])


# What the state machine does not allow must fail, and leave no trace.
refused = partial(suppress, BotError)
# Thousands of transactions: on a disk each of them would wait for it.
MEMORY = Path("/dev/shm")
EXAMPLES = int(os.environ.get("HANDOFF_SEQUENCES", "25"))


class Desk(RuleBasedStateMachine):
    """One conversation; the bot may be in the middle of a turn while people act."""

    def __init__(self):
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None)
        self.loop = asyncio.new_event_loop()
        self.place = self.new_place()
        self.database = Database(self.place)
        self.run(self.database.open())
        self.ledger = Ledger(self.database)
        self.people = Handoffs(self.database, Buttons("s" * 32))
        self.number = 0
        self.turn = None
        self.known = []
        self.before = handoffs.Handoff()
        self.answers = {}
        self.run(self.ledger.accept(UserMessage("s1", "m0", "hello")))

    def new_place(self):
        return Path(self.folder.name) / "conversations.db"

    def run(self, coroutine):
        return self.loop.run_until_complete(coroutine)

    def teardown(self):
        self.run(self.database.close())
        self.loop.close()
        self.folder.cleanup()

    def rows(self, query):
        return self.run(self.database.read(lambda connection: connection.execute(query).fetchall()))

    def owner(self):
        return self.run(self.ledger.owner("s1"))

    def handoff_id(self):
        return self.known[-1] if self.known else "none"

    @rule()
    def customer_writes_and_the_bot_begins_to_listen(self):
        self.number += 1
        with refused():
            message = self.run(self.ledger.accept(UserMessage("s1", f"m{self.number}", "words"))).message
            self.turn = (message, self.owner().epoch)

    @precondition(lambda self: self.turn)
    @rule(hands_over=st.booleans())
    def the_bot_speaks_at_last(self, hands_over):
        message, epoch = self.turn
        state = self.owner()
        transition = partial(handoffs.queue_once, reason="no_evidence") if hands_over else None
        said = self.run(self.ledger.say(message, Reply("the bot"), epoch, transition))
        assert (said is None) == (state.epoch != epoch or state.owner == "human"), "only while it may"
        if said is not None:
            self.turn = (message, said.epoch)
        self.run(self.ledger.finish(message))
        self.learn()

    @rule()
    def customer_takes_it_back(self):
        with refused():
            self.run(self.ledger.change("s1", handoffs.withdraw))

    @rule(agent=AGENTS)
    def somebody_takes(self, agent):
        with refused():
            self.run(self.people.take(self.handoff_id(), agent, self.owner().epoch))

    @rule(agent=AGENTS, late=st.integers(1, 3))
    def somebody_takes_who_looked_long_ago(self, agent, late):
        state = self.owner()
        with refused():
            self.run(self.people.take(self.handoff_id(), agent, state.epoch - late))
            raise AssertionError("a look at an old state was enough")

    @rule(agent=AGENTS, polite=st.booleans(), again=st.booleans())
    def somebody_answers(self, agent, polite, again):
        state, message_id = self.owner(), f"a{len(self.answers)}"
        for _ in range(1 + again):
            with refused():
                message = self.run(self.people.answer(self.handoff_id(), agent, "a person", message_id, polite=polite))
                assert state.owner != "bot"
                assert not (polite and state.agent not in ("", agent))
                assert self.answers.setdefault(message_id, message.seq) == message.seq, "a retry was stored twice"

    @rule(agent=AGENTS)
    def somebody_releases(self, agent):
        with refused():
            self.run(self.people.release(self.handoff_id(), agent))

    @rule(agent=AGENTS)
    def somebody_gives_it_back(self, agent):
        with refused():
            self.run(self.people.give_back(self.handoff_id(), agent))

    @rule(agent=AGENTS, outcome=OUTCOMES)
    def somebody_closes(self, agent, outcome):
        with refused():
            self.run(self.people.close(self.handoff_id(), agent=agent, outcome=outcome))

    @rule(value=st.integers(1, 5))
    def customer_rates(self, value):
        self.run(self.ledger.change("s1", partial(handoffs.rate, rating=Rating(self.handoff_id(), value))))

    @rule()
    def the_power_fails(self):
        """What was committed is there after it, and nothing else."""
        self.run(self.database.close())
        self.database = Database(self.place)
        self.run(self.database.open())
        self.ledger = Ledger(self.database)
        self.people = Handoffs(self.database, Buttons("s" * 32))

    def learn(self):
        [row] = self.rows("SELECT handoff_id FROM conversations")
        if row["handoff_id"] not in (None, *self.known):
            self.known.append(row["handoff_id"])

    @invariant()
    def the_promises_hold(self):
        state, before = self.owner(), self.before
        self.before = state
        assert state.epoch >= before.epoch
        assert (state.epoch == before.epoch) == (state == before), "a change without a new epoch"
        assert bool(state.agent) == (state.owner == "human")
        assert bool(state.reason) == (state.owner != "bot")
        assert bool(state.ended) == (state.owner == "bot" and state.chapter > 0)
        handed = self.rows("SELECT * FROM handoffs")
        still = [row for row in handed if row["closed_at"] is None]
        assert len(still) == (state.owner != "bot"), "an open handoff for each conversation of a person, and no other"
        assert state.chapter == len(handed) - len(still)
        lines = self.rows("SELECT seq, author, body FROM messages ORDER BY seq")
        assert [row["seq"] for row in lines] == list(range(1, len(lines) + 1))
        asked = [row["seq"] for row in lines if "How did we do" in json.loads(row["body"])["text"]]
        assert sorted(asked) == sorted(row["csat_question"] for row in handed if row["csat_question"] is not None)
        for row in handed:
            was_closed = row["ended"] == "closed"
            assert (row["csat_question"] is not None) == (was_closed and row["taken_at"] is not None)
            assert row["csat"] is None or row["csat_question"] is not None


Desk.TestCase.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=25,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
TestAnySequence = Desk.TestCase


def test_any_sequence_on_postgresql(postgres):
    class OnPostgres(Desk):
        def new_place(self):
            return postgres.ledger()

    fewer = settings(Desk.TestCase.settings, max_examples=max(4, EXAMPLES // 5))
    run_state_machine_as_test(OnPostgres, settings=fewer)


def test_the_ledger_itself_refuses_an_owner_that_does_not_exist(ledger_place):
    async def work():
        database = Database(ledger_place)
        await database.open()
        await Ledger(database).accept(UserMessage("s1", "m0", "hello"))
        try:
            await database.write(lambda connection: connection.execute("UPDATE conversations SET owner = 'nobody'"))
        except LedgerUnavailable:
            return True
        finally:
            await database.close()
        return False

    assert asyncio.run(work())
