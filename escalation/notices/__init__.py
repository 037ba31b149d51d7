"""How people hear that they are needed: a note, never a fact about anybody.

================  ================================================================
``kinds``         of what somebody is told, and who may wish to be told of it
``ladder``        the one table of reminders: who is told after how long
``words``         the constant sentences, a kind and a language
``options``       ``[notices]``, ``[nudge]`` and ``[heartbeat]`` of ``desk.toml``
``models``        channels, wishes, what is to be handed over, what was counted
``sealed_text``   secrets at rest: addresses are opened only to be used
``channels``      where a member of staff wants to be reached, by their own word
``review``        who has to be told now, recomputed from the rows every few seconds
``outbox``        rows that wait to be handed over: tries, pauses, one end for each
``ends``          how a notice can end, and when a try is made again
``nudges``        the owner's own note: "your machine has a question", once
``answers``       the device is told how it ended, and the address forgotten
``trip``          one short-lived process that carries a handful of notes
``handing_over``  what that process does: the only place that knows apprise
``courier``       the loop between the outbox and its trips
``dead_man``      whether the heartbeat outwards may go on, and sending it
``tallies``       counts that only rise, for ``/metrics``
================  ================================================================

No name, no reason, no number of a case is in a notice, because none is handed to this room's
words: a sentence depends on its kind and its language alone. What people are told of are rows
already; that they have to be told is found out at the next look, also after a crash in between.
An owner's nudge is written in the transaction that takes in its message.
"""
