"""People and pieces that the tests of warranties share."""

from datetime import UTC, datetime, timedelta

from crmlib.warranty import KeyRing, Piece, Registrant

AT = datetime(2026, 11, 28, tzinfo=UTC)
KEYS = KeyRing.generate()
MINA = Registrant(field="email", address="Mina@Example.com", name="김민아", locale="ko")
JUN = Registrant(field="phone", address="+82 10-0123-4567", name="Jun")


def make_piece(serial: str = "S1", **facts: object) -> Piece:
    """Give a piece whose warranty runs for two years from now."""
    dates = {"valid_from": AT, "expires_at": AT + timedelta(days=730)}
    return Piece(**{"gtin": "9506000134352", "serial": serial, **dates, **facts})
