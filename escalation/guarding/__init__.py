"""Who looks from outside the supervisors' line: the guardian.

=================  ===============================================================
``models``         objections, conversations that were drawn, suspended wordings
``objections``     an owner's *I object*, and *I was not heard*: open, read, answered
``sampling``       which conversations are read again; pure, and nobody's choice
``hiding``         a text without the names and numbers in it; pure
``conversations``  the drawn ones: read without names, answered in words
``wordings``       what a guardian has suspended, as a chain of lines that stay
``options``        ``[guardian]`` of ``desk.toml``
=================  ===============================================================

A guardian has an account of their own and no other role: never a case, never an owner's
contact, nothing but what is written here. What they write about a conversation is for the
colleague who wrote it, in words; no mark is kept, and no supervisor reads it. Every reading is
a line of that case's audit, and the owner learns of it as of any other.
"""
