"""What borrowers live through and decide, one file a mechanism; the room is the list, in the order of its files' names."""

from importlib import import_module
from pkgutil import iter_modules

from sim.engine.declare import Mechanism

MECHANISMS: tuple[Mechanism, ...] = tuple(
    import_module(f"{__name__}.{module.name}").MECHANISM for module in sorted(iter_modules(__path__), key=lambda m: m.name)
)
