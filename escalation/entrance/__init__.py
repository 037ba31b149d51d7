"""Who comes in: a password, a second factor, and how many tries there are.

===================  =============================================================
``one_time_codes``   the six figures of RFC 6238 and recovery codes; pure
``models``           second factors, recovery codes, tries, what was done about them
``second_factor``    set up, ask for, remove, reset: each code counts once
``tries``            how often somebody may guess, across processes and restarts
``qr_code``          the secret as a picture, drawn here
===================  =============================================================

Accounts are made by whoever runs the desk (``team.accounts``); nobody signs up. All of this
is kept in the database, because the console may be several processes and must not forget a
guess when one of them starts anew.
"""
