"""What the bot can do: Rasa custom actions, one file per skill.

    orders, returns, account, answer, handoff, feedback     the skills: form validators and actions
    forms, done                                             what several skills share
    fields                                                  what customers type, as values
    backend, demo_shop, http_shop                           where orders live

Rasa's SDK imports every module here and builds each action without arguments, so importing opens nothing.
"""
