"""Where people take over: the desk, a Django project.

==================  ==============================================================
``main``            the ``demitasse-desk`` command, and what it is wired from
``startup``         what keeps a desk from starting, said in one line
``desk_config``     ``desk.toml`` as typed, frozen values; ``settings``: as Django's
``desk_keys``       the desk's own secrets on disk; ``desk``: read once a process
``accounts``        who works here
``authority``       which devices are let in: bundles, certificates, the desk's next keys
``models``          what the desk remembers
``cases``           the one table of case states, and who may move a case
``moves``           that table applied to the database, exactly once
``casework``        what staff do to cases; ``deskwork``: what the desk itself does
``matters``         what becomes of an alert or report that has been opened
``intake``          envelopes in: opened, judged, committed, acknowledged
``outgoing``        envelopes out: sealed with the change that they report
``broker_link``     one connection that carries both; ``post``: keeps one going
``serving``         console and intake as two processes that end together
``views``           the console's pages; ``actions``: its forms; ``around``: the rest
``case_words``      a case as the words of a page; ``clock_words``: its times
==================  ==============================================================

Owners never meet Django, MQTT or a case number; staff never meet a device id.
"""
