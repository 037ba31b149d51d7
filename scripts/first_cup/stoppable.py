"""What runs beside the demonstration and is stopped when its block ends."""

from abc import ABC, abstractmethod
from typing import Self


class Stoppable(ABC):
    """Stops at the end of a ``with`` block, whatever has happened in it."""

    @abstractmethod
    def stop(self) -> None:
        """End it; may be called twice."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()
