"""Compile every catalogue into the form that gettext reads.

Not `pybabel compile`: that refuses an English text which fills in a value that its Chinese
source leaves out, as `CNY %(million)s million` does for `%(wan)s 万元`. A test checks the values.
"""

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

for source in Path(__file__).parent.glob("*/LC_MESSAGES/messages.po"):
    catalogue = read_po(source.open("rb"))
    with source.with_suffix(".mo").open("wb") as compiled:
        write_mo(compiled, catalogue)
