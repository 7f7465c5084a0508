"""The form of a message: what happened, what it means and what to do, the number that proves it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Said:
    """One message. `tone` is its colour (green, amber, cinnabar, blue); `small` the line with
    number, time and code; `code` stays the same in every language."""

    title: str
    body: str
    small: str = ""
    tone: str = "amber"
    code: str = ""

    def to_dict(self) -> dict[str, str]:
        """The message for a script."""
        return {
            "title": self.title,
            "body": self.body,
            "small": self.small,
            "tone": self.tone,
            "code": self.code,
        }
