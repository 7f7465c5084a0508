"""A form as a browser holds it: the values that would be sent back if nobody changed anything."""

from html.parser import HTMLParser

Values = dict[str, list[str]]

_NOT_SENT = {"csrf_token"}


class _Form(HTMLParser):
    def __init__(self, form_id: str) -> None:
        super().__init__()
        self.form_id = form_id
        self.inside = False
        self.values: Values = {}
        self.area: str | None = None
        self.select: str | None = None

    def handle_starttag(self, tag: str, pairs: list[tuple[str, str | None]]) -> None:
        attrs = dict(pairs)
        name = attrs.get("name") or ""
        if tag == "form":
            self.inside = attrs.get("id") == self.form_id
        elif not self.inside:
            return
        elif tag == "input" and name and name not in _NOT_SENT:
            if attrs.get("type") not in ("checkbox", "radio") or "checked" in attrs:
                self.keep(name, attrs.get("value") or "")
        elif tag == "textarea" and name:
            self.area = name
            self.keep(name, "")
        elif tag == "select":
            self.select = name
        elif tag == "option" and self.select and "selected" in attrs:
            self.keep(self.select, attrs.get("value") or "")

    def handle_data(self, data: str) -> None:
        if self.area is not None:
            # The line break right after the opening tag is not part of the value.
            self.values[self.area][-1] += data.removeprefix("\r\n").removeprefix("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self.area = None
        elif tag == "select":
            self.select = None
        elif tag == "form":
            self.inside = False

    def keep(self, name: str, value: str) -> None:
        self.values.setdefault(name, []).append(value)


def values_of(page: str, form_id: str) -> Values:
    """The successful controls of the form with this id."""
    form = _Form(form_id)
    form.feed(page)
    assert form.values, f"no form #{form_id}"
    return form.values
