"""The commands of ``frontdesk``, one file per command or group."""
