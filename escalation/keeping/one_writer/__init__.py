"""SQLite as Django uses it, with a queue before the door: who writes waits for a turn.

SQLite lets one process write at a time, and whoever finds the door shut sleeps for longer and
longer before the next try. With sixteen people at the console, or a flood at the intake, the
door then stands open while everybody sleeps, and somebody waits for seconds. So a transaction
first takes a lock of the operating system, which wakes the next at once.

The lock is a queue and no guard: what keeps two writers apart is SQLite itself, also from a
process that does not queue.
"""
