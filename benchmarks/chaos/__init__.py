"""The fault injector: a real gateway, killed and starved while many people write, and what each of them got."""
