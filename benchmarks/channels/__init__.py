"""What Slack and Telegram see of the gateway, measured against local servers that behave like theirs."""
