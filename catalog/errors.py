"""What can go wrong, in words for the person at the terminal."""


class DlcatError(Exception):
    """Any failure that is not a bug.

    message: one line, what is wrong. hint: what to do about it, may be empty.
    exit_code: 2 for a mistake in the call, 3 for something wrong around it.
    """

    exit_code = 3

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}: {self.hint}" if self.hint else self.message


class UsageError(DlcatError):
    """The call itself is wrong: an unknown word, a bad specifier, an unknown image."""

    exit_code = 2


class SourceError(DlcatError):
    """A source cannot be read: it is down, refuses, or what it sent is damaged."""


class StoreError(DlcatError):
    """The database is missing, damaged, or not of this version."""
