"""What can go wrong in the agent. The operator's faults are ``wire.options.ConfigError``."""


class AgentError(Exception):
    """Anything the agent raises on purpose."""


class StoreError(AgentError):
    """The disk's fault: full, read-only or broken. The agent goes on without sending."""
