"""Classes with declared fields: the tables that functions take, and what they return."""

from __future__ import annotations

from dataclasses import MISSING, FrozenInstanceError, dataclass, fields
from inspect import Parameter, Signature
from typing import Any, ClassVar, Never, Self

from model.fields import Field


class _Arguments:
    """The call signature of a declared class, built only when help asks for it."""

    def __get__(self, made: object, cls: type[Declared]) -> Signature:
        return Signature(
            [
                Parameter(
                    name,
                    Parameter.POSITIONAL_OR_KEYWORD
                    if name in cls._placed
                    else Parameter.KEYWORD_ONLY,
                    default=cls._left_out.get(name, Parameter.empty),
                )
                for name in sorted(cls._names, key=lambda name: name not in cls._placed)
                if name not in cls._fixed
            ]
        )


class Declared:
    """A class whose dataclass fields are declared.

    Dataclasses compile methods for each class, a hundred times when the model is imported; here
    they exist once.
    """

    #: The declared fields by name, in order.
    declared: ClassVar[dict[str, Field]] = {}
    #: The names of all fields, those that may be positional, and the defaults.
    _names: ClassVar[dict[str, None]] = {}
    _placed: ClassVar[tuple[str, ...]] = ()
    _left_out: ClassVar[dict[str, Any]] = {}
    #: Those that a subclass takes back: they keep their default, and nobody may give them.
    _fixed: ClassVar[frozenset[str]] = frozenset()
    __signature__: ClassVar[_Arguments] = _Arguments()

    def __init_subclass__(cls, **options: Any) -> None:
        dataclass(init=False, repr=False, eq=False, **options)(cls)
        own = fields(cls)  # type: ignore[arg-type]
        cls.declared = {
            f.name: f.metadata["field"].named(f.name) for f in own if "field" in f.metadata
        }
        cls._names = dict.fromkeys(f.name for f in own)
        cls._placed = tuple(f.name for f in own if f.init and not f.kw_only)
        cls._fixed = frozenset(f.name for f in own if not f.init)
        cls._left_out = {f.name: f.default for f in own if f.default is not MISSING}

    def __init__(self, *placed: Any, **named: Any) -> None:
        values = dict(self._left_out)
        values.update(zip(self._placed, placed, strict=False))
        twice = named.keys() & self._placed[: len(placed)] if named and placed else ()
        values |= named
        known = values.keys() == self._names.keys() and self._fixed.isdisjoint(named)
        if len(placed) > len(self._placed) or twice or not known:
            raise TypeError(f"{type(self).__name__} takes {type(self).__signature__}")
        vars(self).update(values)
        self.__post_init__()

    def __post_init__(self) -> None:
        """Check what was given."""

    def __setattr__(self, name: str, value: object) -> Never:
        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> Never:
        raise FrozenInstanceError(f"cannot delete field {name!r}")

    def __repr__(self) -> str:
        values = (f"{name}={getattr(self, name)!r}" for name in self._names)
        return f"{type(self).__qualname__}({', '.join(values)})"

    @classmethod
    def known(cls, **values: Any) -> Self:
        """Make one of values that are checked already."""
        made = object.__new__(cls)
        vars(made).update(values)
        return made

    def _put(self, **values: Any) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)
