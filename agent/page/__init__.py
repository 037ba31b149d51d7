"""The owner's page: a process of its own beside the device, on this computer alone.

It reads the device's store, edits the owner's file like an editor would, and leaves the
device word of what the owner wants. It writes no ledger and sends nothing: only the device
does. Nothing on it comes from elsewhere, and it works without a line of JavaScript.

==============  ==================================================================
``markup``      HTML that cannot be broken by what people write
``phrases``     every sentence, in English and in French
``household``   what there is to show, read once a request
``gate``        who may look: Host, key, session, and a token in every form
``pages``       values in, markup out: ``frame`` around ``today``, ``noticed``, ``gone_out``,
                ``switches`` and ``everything``
``site``        a request in, a response out: the routes
``server``      HTTP, also from a socket that systemd holds
==============  ==================================================================
"""
