"""People behind the bot: the handoff state machine."""
