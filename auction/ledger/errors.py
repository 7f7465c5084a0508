"""The one shape in which this room says that bytes are not what they should be."""


class LedgerError(ValueError):
    """`code` is stable and machine-readable; `detail` is an English sentence for a technician."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
