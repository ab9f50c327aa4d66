"""Options as glibc's ``getopt_long`` takes them: short ones in bundles, long ones by an unambiguous beginning.

Options may stand behind other words (those are collected), ``--`` ends them. The messages are glibc's.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    # name, whether it takes a value, the letter that stands for it
    Long = tuple[str, bool, str]


class Complaint(Exception):
    """What is wrong with the command line, as it is to be printed."""


class Options:
    """The command line of a program. Iterating gives (letter, value or None); ``rest`` then holds the other words."""

    def __init__(self, program: str, words: Sequence[str], short: str, long: Sequence[Long]) -> None:
        self.rest: list[str] = []
        self._program = program
        self._words = list(words)
        self._short = short
        self._long = long

    def __iter__(self) -> Iterator[tuple[str, str | None]]:
        """Raises Complaint at the first option that is wrong, after those before it."""
        while self._words:
            word = self._words.pop(0)
            if word == "--":
                self.rest += self._words
                return
            if word.startswith("--"):
                yield self._long_option(word[2:])
            elif word.startswith("-") and word != "-":
                yield from self._bundle(word[1:])
            else:
                self.rest.append(word)

    def _bundle(self, letters: str) -> Iterator[tuple[str, str | None]]:
        while letters:
            letter, letters = letters[0], letters[1:]
            at = self._short.find(letter) if letter not in ":-" else -1
            if at < 0:
                raise Complaint(f"{self._program}: invalid option -- '{letter}'")
            if self._short[at + 1 : at + 2] != ":":
                yield letter, None
            elif letters or self._words:
                yield letter, letters or self._words.pop(0)
                return
            else:
                raise Complaint(f"{self._program}: option requires an argument -- '{letter}'")

    def _long_option(self, text: str) -> tuple[str, str | None]:
        typed, equals, value = text.partition("=")
        name, takes_value, letter = self._meant(typed)
        if equals and not takes_value:
            raise Complaint(f"{self._program}: option '--{name}' doesn't allow an argument")
        if takes_value and not equals:
            if not self._words:
                raise Complaint(f"{self._program}: option '--{name}' requires an argument")
            value = self._words.pop(0)
        return letter, value if takes_value else None

    def _meant(self, typed: str) -> Long:
        found = [each for each in self._long if each[0] == typed]
        found = found or [each for each in self._long if each[0].startswith(typed)]
        if not found:
            raise Complaint(f"{self._program}: unrecognized option '--{typed}'")
        if len(found) > 1:
            possible = " ".join(f"'--{name}'" for name, _, _ in found)
            raise Complaint(f"{self._program}: option '--{typed}' is ambiguous; possibilities: {possible}")
        return found[0]
