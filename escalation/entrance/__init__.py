"""Who comes in: by password or by an organisation, a second factor, and who only tried.

===================  =============================================================
``one_time_codes``   the six figures of RFC 6238 and recovery codes; pure
``doings``           what can be guessed, how often, and what a line can say; pure
``models``           second factors, recovery codes, identities, tries, the lines
``second_factor``    set up, ask for, remove, reset: each code counts once
``tries``            how often somebody may guess, across processes and restarts
``lines``            the audit of the entrance, and what a guesser can write at most
``attempts``         what somebody is told about tries with their name; pure
``door``             notes what happens at the entrance, and whom to tell
``sessions``         ends those of one person
``options``          ``[sign_in]`` of ``desk.toml``
``id_token``         whether an ID token may be believed, and of whom it speaks; pure
``journeys``         one way to the organisation and back, once
``provider``         the organisation as the desk knows it: addresses and keys
``asking``           one question to it, by a process that is ended in time
``one_request``      that process
``identities``       which identity opens which account, linked on purpose
``qr_code``          the secret as a picture, drawn here
===================  =============================================================

Accounts are made by whoever runs the desk (``team.accounts``); nobody signs up. All of this
is kept in the database, because the console may be several processes and must not forget a
guess when one of them starts anew.
"""
