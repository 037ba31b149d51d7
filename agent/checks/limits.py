"""What this machine does when it is well, and what it can tell at all."""

from dataclasses import dataclass

from wire.readings import FlagName, Quantity

Told = Quantity | FlagName


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineLimits:
    """The part of a machine's profile that the device check compares with."""

    tank_ml: float
    boiler_temp_c: tuple[float, float]
    warm_up_s_max: float
    flow_ml_per_s: tuple[float, float]
    tells: frozenset[Told]
    """What this driver with this profile can ever report. What is not promised is not
    looked at: it gives no line, neither *sound* nor *not seen yet*."""

    def promise(self, *told: Told) -> bool:
        """Tell whether all of ``told`` can be reported."""
        return self.tells.issuperset(told)
