"""How the widget behaves in a browser: how soon it can be used, and how it looks."""
