"""What the words after ``demitasse`` do, one module a word.

Each has ``add_arguments(parser)`` and ``run(args) -> int``, and is imported only when its
word is typed: ``agent.main`` mounts them. They work beside a device that may be running,
through its files, and leave to it what only the device may write.
"""
