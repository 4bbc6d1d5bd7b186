"""Prometheus metrics of the gateway, in a registry of their own; no label ever holds what a visitor chose."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

METHODS = ("GET", "HEAD", "POST", "OPTIONS")
# A template answers in tens of milliseconds, a ticket in hundreds, a failing worker at its time limit; seconds.
TURN_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """Counts requests, turns, replies, feedback and open streams."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        registry = self.registry
        self._requests = Counter(
            "frontdesk_requests", "HTTP requests", ("method", "route", "status"), registry=registry
        )
        self._request_seconds = Histogram(
            "frontdesk_request_seconds", "Time to answer an HTTP request", ("route",), registry=registry
        )
        self._turns = Counter("frontdesk_turns", "Messages of customers worked", ("outcome",), registry=registry)
        self._turn_seconds = Histogram(
            "frontdesk_turn_seconds", "Time to work one message", registry=registry, buckets=TURN_BUCKETS
        )
        self._replies = Counter("frontdesk_replies", "Replies of the bot", ("rung",), registry=registry)
        self._feedback = Counter("frontdesk_feedback", "Thumbs on answers", ("value",), registry=registry)
        self._deliveries = Counter(
            "frontdesk_deliveries", "Messages posted to Slack and Telegram", ("channel", "outcome"), registry=registry
        )
        self.streams = Gauge("frontdesk_streams_open", "Open WebSocket streams", registry=registry)

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one HTTP request; ``route`` is the pattern, not the path."""
        self._requests.labels(method if method in METHODS else "other", route, str(status)).inc()
        # An upgraded connection lasts as long as the visitor stays; that is not a time to answer.
        if status != 101:
            self._request_seconds.labels(route).observe(seconds)

    def turn(self, outcome: str, seconds: float) -> None:
        """Count one worked message."""
        self._turns.labels(outcome).inc()
        self._turn_seconds.observe(seconds)

    def reply(self, rung: str) -> None:
        """Count one reply of the bot."""
        self._replies.labels(rung).inc()

    def feedback(self, value: str) -> None:
        """Count one thumb."""
        self._feedback.labels(value).inc()

    def delivery(self, channel: str, outcome: str) -> None:
        """Count one message that was delivered or refused, or one attempt that is made again."""
        self._deliveries.labels(channel, outcome).inc()

    def render(self) -> bytes:
        """Return the text format."""
        return bytes(generate_latest(self.registry))
