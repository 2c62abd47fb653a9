"""What a message must say besides what its author wrote."""

from __future__ import annotations

from string import Formatter
from typing import TYPE_CHECKING, Any

import attrs

from crmlib.policies._dress import SENDER_FIELDS, Dress

if TYPE_CHECKING:
    from crmlib.messages import Sender
    from crmlib.policies._citation import Citation


@attrs.frozen(kw_only=True)
class Wording:
    """Labels and lines that the law wants in a message.

    A field in braces, such as ``{postal_address}``, stands for what the sender
    says of itself; ``{opt_out_url}`` for the recipient's own way out.

    Parameters
    ----------
    subject_labels, body_labels : tuple of str
        What the subject, and the text, begin with: ``"(광고)"``.
    opening : tuple of str
        What comes right after the labels of the text, then a new line.
    footer : tuple of str
        Lines below the text.
    closing : tuple of str
        Lines that the text ends with, below the footer.
    citations : tuple of Citation
        Where all this comes from.
    """

    subject_labels: tuple[str, ...] = ()
    body_labels: tuple[str, ...] = ()
    opening: tuple[str, ...] = ()
    footer: tuple[str, ...] = ()
    closing: tuple[str, ...] = ()
    citations: tuple[Citation, ...] = ()

    @property
    def sender_fields(self) -> tuple[str, ...]:
        """The fields of the sender that the lines show, in the order of ``SENDER_FIELDS``."""
        shown = {
            field
            for line in (*self.opening, *self.footer, *self.closing)
            for _, field, _, _ in Formatter().parse(line)
        }
        return tuple(field for field in SENDER_FIELDS if field in shown)

    def missing_sender_fields(self, sender: Sender | None) -> list[str]:
        """Name what *sender* does not say of itself and the lines have to show."""
        return [field for field in self.sender_fields if not getattr(sender, field, None)]

    def tailor(self, sender: Sender) -> Dress:
        """Make the lines up for *sender*.

        Raises
        ------
        InvalidParameterError
            If *sender* lacks what the lines show.
        """
        return Dress.make(self, sender)

    def union(self, other: Wording) -> Wording:
        """Give a wording that says what both say, and no line twice."""
        both = {
            field.name: tuple(
                dict.fromkeys((*getattr(self, field.name), *getattr(other, field.name)))
            )
            for field in attrs.fields(Wording)
        }
        return Wording(**both)

    def to_dict(self) -> dict[str, Any]:
        """Give the wording as it stands in a policy file."""
        texts = ("subject_labels", "body_labels", "opening", "footer", "closing")
        given = {name: list(getattr(self, name)) for name in texts if getattr(self, name)}
        return {**given, "sources": [citation.key for citation in self.citations]}
