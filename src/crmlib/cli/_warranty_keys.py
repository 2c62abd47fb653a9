"""``crmlib warranty keys``: the keys that sign certificates."""

from __future__ import annotations

from typing import Annotated

import pandas as pd
import typer

from crmlib.cli._output import AsJson, note, print_json, say, show_table
from crmlib.cli._warranty_files import KEYS, Keys
from crmlib.exceptions import InvalidParameterError
from crmlib.warranty import KeyRing

KeyId = Annotated[str, typer.Argument(help="Id of the key, as crmlib warranty keys list has it.")]

keys_app = typer.Typer(
    help="The keys that sign certificates: make, rotate, withdraw, list.", no_args_is_help=True
)


@keys_app.command()
def new(keys: Keys = KEYS) -> None:
    """Make a key ring; one that is there is not written over."""
    if keys.exists():
        raise InvalidParameterError("--keys", str(keys), "a new file")
    ring = KeyRing.generate()
    ring.save(keys)
    say(f"Key {ring.signing.key_id} signs. The file: {keys}")


@keys_app.command()
def rotate(keys: Keys = KEYS) -> None:
    """Sign with a new key from now on; what the older ones signed stays good."""
    ring = KeyRing.load(keys).rotate()
    ring.save(keys)
    say(f"Key {ring.signing.key_id} signs from now on.")
    _tell_servers()


@keys_app.command()
def withdraw(key_id: KeyId, keys: Keys = KEYS) -> None:
    """Refuse whatever a key has signed, because it leaked; links must be issued anew."""
    ring = KeyRing.load(keys).withdraw(key_id)
    ring.save(keys)
    say(f"What {key_id} signed is refused. Key {ring.signing.key_id} signs from now on.")
    _tell_servers()


@keys_app.command("list")
def list_keys(keys: Keys = KEYS, as_json: AsJson = False) -> None:
    """List the keys, the newest first; as JSON also their public halves, to publish."""
    ring = KeyRing.load(keys)
    rows = [(key.key_id, key.state.value) for key in ring.keys]
    if as_json:
        print_json({"states": dict(rows), "public": ring.public_jwks()})
    else:
        show_table(pd.DataFrame(rows, columns=["key", "state"]))


def _tell_servers() -> None:
    note("restart crmlib serve where it runs, so that it knows them")
