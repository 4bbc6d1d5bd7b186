"""Everything that Frontdesk raises on purpose, branched by what the caller can do.

BotError
├── SettingsError        fix the settings or the environment, then start again
├── ServiceUnavailable   try again in a moment
│   ├── DialogueUnavailable
│   ├── AnswersUnavailable
│   └── LedgerUnavailable
├── GenerationError      fall back to the best ticket or a person
├── TrainingError        nothing was installed; do what the message says and train again
├── SuiteError           correct the suite file at the line that the message names
├── OrderBackendError    tell the customer that nothing was changed, offer a person
│   └── OrderOutcomeUnknown   tell the customer that it may have been changed, hand over
├── ChannelError         refuse the request
│   ├── InvalidSignature
│   └── MalformedMessage
└── HandoffError         the transition is not allowed in this state
"""

from __future__ import annotations


class BotError(Exception):
    """Base of all errors that Frontdesk raises on purpose."""


class SettingsError(BotError):
    """A setting or an environment variable is missing, unknown or out of range."""


class ServiceUnavailable(BotError):
    """An inner process did not answer, or not in time."""


class DialogueUnavailable(ServiceUnavailable):
    """The dialogue worker could not finish a turn."""


class AnswersUnavailable(ServiceUnavailable):
    """The answers service could not be reached or failed."""


class LedgerUnavailable(ServiceUnavailable):
    """The gateway's ledger cannot be reached, written or read now."""


class GenerationError(BotError):
    """The generator produced nothing that may be sent."""


class TrainingError(BotError):
    """The team's own generator cannot be trained, measured or installed."""


class TuningError(BotError):
    """A tuned sentence embedder cannot be loaded."""


class SuiteError(BotError):
    """A file of conversations to be checked is not of the documented form."""


class OrderBackendError(BotError):
    """The shop's order system did not answer, or answered with something unusable."""


class OrderOutcomeUnknown(OrderBackendError):
    """A change was sent to the shop's order system, and no usable answer says whether it was made."""


class ChannelError(BotError):
    """An inbound event must be refused."""


class InvalidSignature(ChannelError):
    """The sender could not be verified."""


class MalformedMessage(ChannelError):
    """The event was verified but is not of the documented form."""


class HandoffError(BotError):
    """A handoff transition was asked for in a state that does not allow it."""
