"""Frontdesk: a customer-service bot that a support team hosts itself."""

__version__ = "0.1.0"
