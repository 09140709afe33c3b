"""Does a test over many cases try all of them, and name each that fails?"""

import pytest
from every import every


def test_every_case_that_fails_is_named() -> None:
    tried = []

    def even(number: int) -> None:
        tried.append(number)
        assert number % 2 == 0, f"{number} is odd"

    with pytest.raises(AssertionError) as failed:
        every(even, [(f"case {n}", (n,)) for n in range(4)])
    assert tried == [0, 1, 2, 3]
    said = str(failed.value)
    assert said.startswith("2 of 4 cases fail:\ncase 1: 1 is odd")
    assert "\ncase 3: 3 is odd" in said


def test_what_is_not_raised_fails_its_case_alone() -> None:
    def refused(number: str) -> None:
        with pytest.raises(ValueError):
            float(number)

    every(refused, [("a letter", ("a",))])
    with pytest.raises(AssertionError, match=r"^1 of 2 cases fail:\na number: DID NOT RAISE"):
        every(refused, [("a number", ("1",)), ("a letter", ("a",))])


def test_no_case_is_a_failure() -> None:
    with pytest.raises(AssertionError, match="no case was tried"):
        every(print, [])
