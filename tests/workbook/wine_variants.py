"""Calls a COM object with values of just the types that Excel gives: by ctypes, under Wine.

pywin32 turns every VT_ERROR into an argument that is left out, so it cannot pass an error on.
"""

from __future__ import annotations

import ctypes
from ctypes import POINTER, byref, c_double, c_int, c_long, c_uint, c_ushort, c_void_p, wintypes
from typing import Any

EMPTY, LONG, DOUBLE, CURRENCY, DATE, TEXT, DISPATCH, ERROR, BOOL, VARIANT = (
    *(0, 3, 5, 6, 7, 8, 9, 10, 11, 12),
)
ARRAY = 0x2000

#: What Invoke says where the object has raised an exception.
EXCEPTION = -2147352567


class Value(ctypes.Union):
    _fields_ = (
        ("number", c_double),
        ("long", c_long),
        ("whole", ctypes.c_longlong),
        ("truth", ctypes.c_short),
        ("pointer", c_void_p),
        ("room", c_void_p * 2),
    )


class Variant(ctypes.Structure):
    _anonymous_ = ("value",)
    _fields_ = (("kind", c_ushort), ("reserved", c_ushort * 3), ("value", Value))


class Parameters(ctypes.Structure):
    _fields_ = (
        ("given", POINTER(Variant)),
        ("names", c_void_p),
        ("count", c_uint),
        ("named", c_uint),
    )


class Raised(ctypes.Structure):
    _fields_ = (
        ("code", c_ushort),
        ("reserved", c_ushort),
        ("source", c_void_p),
        ("description", c_void_p),
        ("help", c_void_p),
        ("context", wintypes.DWORD),
        ("pointer", c_void_p),
        ("deferred", c_void_p),
        ("number", c_long),
    )


class Bound(ctypes.Structure):
    _fields_ = (("size", c_uint), ("first", c_long))


ole = ctypes.windll.oleaut32
ole.SysAllocString.restype = c_void_p
ole.SysAllocString.argtypes = (ctypes.c_wchar_p,)
ole.SafeArrayCreate.restype = c_void_p
for name in ("SafeArrayPutElement", "SafeArrayGetElement"):
    getattr(ole, name).argtypes = (c_void_p, POINTER(c_long), c_void_p)
ole.SafeArrayGetDim.argtypes = (c_void_p,)
for name in ("SafeArrayGetLBound", "SafeArrayGetUBound"):
    getattr(ole, name).argtypes = (c_void_p, c_uint, POINTER(c_long))


class RefusedError(Exception):
    """What the object raised: the text that VBA has in Err.Description."""


def variant(plain: Any) -> Variant:
    """Make a value: of JSON as `wine.com` writes it."""
    made = Variant()
    if plain is None:
        made.kind = EMPTY
    elif isinstance(plain, bool):
        made.kind, made.truth = BOOL, -plain
    elif isinstance(plain, int | float):
        # A cell has no whole numbers.
        made.kind, made.number = DOUBLE, plain
    elif isinstance(plain, str):
        made.kind, made.pointer = TEXT, ole.SysAllocString(plain)
    elif isinstance(plain, list):
        made.kind, made.pointer = ARRAY | VARIANT, array(plain)
    elif "error" in plain:
        made.kind, made.long = ERROR, plain["error"]
    elif "date" in plain:
        made.kind, made.number = DATE, plain["date"]
    else:
        made.kind, made.whole = CURRENCY, round(float(plain["currency"]) * 10_000)
    return made


def array(items: list[Any]) -> int:
    """Make an array: of rows two dimensions, from 1 on as Excel counts, and else one."""
    shape = (len(items), len(items[0])) if isinstance(items[0], list) else (len(items),)
    bounds = (Bound * len(shape))(*(Bound(size, 1) for size in shape))
    made = int(ole.SafeArrayCreate(VARIANT, len(shape), bounds))
    for i, item in enumerate(items, 1):
        for j, cell in enumerate(item if len(shape) == 2 else [item], 1):
            put(made, (i, j)[: len(shape)], variant(cell))
    return made


def vector(items: list[Variant]) -> int:
    """Make the array of arguments, as VBA's Array does."""
    made = int(ole.SafeArrayCreate(VARIANT, 1, byref(Bound(len(items), 0))))
    for i, item in enumerate(items):
        put(made, (i,), item)
    return made


def put(made: int, at: tuple[int, ...], item: Variant) -> None:
    failed = ole.SafeArrayPutElement(made, (c_long * len(at))(*at), byref(item))
    assert not failed, failed
    ole.VariantClear(byref(item))


def read(found: Variant) -> Any:
    """Read a result, as JSON."""
    kind = found.kind
    if kind & ARRAY:
        return read_array(found.pointer)
    if kind == EMPTY:
        return None
    if kind == TEXT:
        return ctypes.wstring_at(found.pointer)
    if kind == DATE:
        return {"date": found.number}
    return {DOUBLE: found.number, LONG: found.long, BOOL: bool(found.truth)}[kind]


def read_array(pointer: int) -> list[Any]:
    first, last = c_long(), c_long()
    ranges = []
    for dimension in range(ole.SafeArrayGetDim(pointer)):
        ole.SafeArrayGetLBound(pointer, dimension + 1, byref(first))
        ole.SafeArrayGetUBound(pointer, dimension + 1, byref(last))
        ranges.append(range(first.value, last.value + 1))

    def cell(*at: int) -> Any:
        found = Variant()
        failed = ole.SafeArrayGetElement(pointer, (c_long * len(at))(*at), byref(found))
        assert not failed, failed
        value = read(found)
        ole.VariantClear(byref(found))
        return value

    if len(ranges) == 1:
        return [cell(i) for i in ranges[0]]
    return [[cell(i, j) for j in ranges[1]] for i in ranges[0]]


class Object:
    """A COM object by its address, whose methods take an array of arguments and no names."""

    def __init__(self, address: int) -> None:
        self.address = address
        methods = ctypes.cast(
            ctypes.cast(address, POINTER(c_void_p))[0], POINTER(c_void_p * 7)
        ).contents
        names = ctypes.WINFUNCTYPE(
            c_long, c_void_p, c_void_p, POINTER(ctypes.c_wchar_p), c_uint, c_uint, POINTER(c_long)
        )(methods[5])
        self._invoke = ctypes.WINFUNCTYPE(
            c_long,
            *(c_void_p, c_long, c_void_p, c_uint, c_ushort),
            *(POINTER(Parameters), POINTER(Variant), POINTER(Raised), POINTER(c_uint)),
        )(methods[6])
        self._none = (ctypes.c_char * 16)()
        self._method = c_long()
        name = ctypes.c_wchar_p("CallUDF")
        failed = names(address, self._none, byref(name), 1, 0, byref(self._method))
        assert not failed, failed

    def call_udf(self, module: str, function: str, given: list[Variant]) -> Any:
        """Call a function as the VBA does, with an array of arguments."""
        arguments = Variant()
        arguments.kind, arguments.pointer = ARRAY | VARIANT, vector(given)
        five = [variant(module), variant(function), arguments, variant(None), variant(None)]
        # Invoke takes them from the last to the first.
        backwards = (Variant * 5)(*five[::-1])
        found, raised, wrong = Variant(), Raised(), c_uint()
        failed = self._invoke(
            self.address,
            *(self._method, self._none, 0, 1),
            *(byref(Parameters(backwards, None, 5, 0)), byref(found), byref(raised), byref(wrong)),
        )
        for one in backwards:
            ole.VariantClear(byref(one))
        if failed == EXCEPTION:
            raise RefusedError(ctypes.wstring_at(raised.description) if raised.description else "")
        if failed:
            raise RefusedError(f"error {c_int(failed).value}")
        answer = read(found)
        ole.VariantClear(byref(found))
        return answer
