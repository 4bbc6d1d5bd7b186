"""``python -m bot`` is the same as ``frontdesk``."""

from bot.cli import main

if __name__ == "__main__":
    main()
