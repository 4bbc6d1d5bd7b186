"""The desk's side of the gateway: its calls and stream, and what people do with a conversation."""
