"""Estimators that can be saved and loaded."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from sklearn.base import BaseEstimator

from crmlib.durability import write_durably
from crmlib.exceptions import UnreadableFileError
from crmlib.model_files._values import from_json, to_json

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

ModelT = TypeVar("ModelT", bound="SavedModel")

FORMAT = "crmlib.model/1"
"""Name and version of the file's schema."""


class SavedModel(BaseEstimator):
    """An estimator whose parameters and learned state fit into a JSON file.

    What is saved is what :meth:`get_params` gives and every attribute whose
    name ends in an underscore.  Loading imports nothing that the file names:
    its class has to be imported already.
    """

    _parts: ClassVar[Mapping[str, Any]] = MappingProxyType({})
    """Parameters that are sequences, with the class of what they hold: it has
    ``to_dict`` and ``from_dict``."""

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write parameters and learned state as JSON.

        Parameters
        ----------
        path : path
            Replaced if it is there, wholly or not at all.

        Raises
        ------
        UnsupportedFeatureError
            If a parameter is something that no file can hold, such as a function.
        """
        model = self.to_dict()
        text = json.dumps({**model, "digest": _digest(model)}, ensure_ascii=False, indent=1)
        with write_durably(Path(path)) as file:
            file.write(text.encode() + b"\n")

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read a model that :meth:`save` wrote.

        Parameters
        ----------
        path : path

        Returns
        -------
        SavedModel
            Of this class, or of the subclass that was saved.

        Raises
        ------
        UnreadableFileError
            If there is no such file, it is of another kind or version, it was
            altered, or its class is not imported.
        """
        try:
            data = Path(path).read_bytes()
        except OSError as error:
            problem = "is not there" if isinstance(error, FileNotFoundError) else "cannot be read"
            raise UnreadableFileError(
                str(path), f"{problem} ({error.strerror})", "give the path of a saved model"
            ) from error
        try:
            model = json.loads(data.decode())
            digest = model.pop("digest")
            if model["format"] != FORMAT:
                raise UnreadableFileError(
                    str(path), f"is in the format {model['format']!r}", f"{FORMAT!r} can be read"
                )
        except (ValueError, AttributeError, KeyError, TypeError) as error:
            if isinstance(error, UnreadableFileError):
                raise
            raise UnreadableFileError(
                str(path), f"is no model file ({error})", "save the model again"
            ) from error
        if digest != _digest(model):
            raise UnreadableFileError(
                str(path), "was altered after it was saved", "save the model again"
            )
        try:
            return cls.from_dict(model)
        except (LookupError, TypeError, ValueError) as error:
            raise UnreadableFileError(
                str(path), f"cannot be loaded ({error})", "import its class, or save it again"
            ) from error

    def to_dict(self) -> dict[str, Any]:
        """Give parameters and learned state, fit for JSON."""
        parameters: dict[str, Any] = BaseEstimator.get_params(self, deep=False)
        learned = {
            name: value
            for name, value in vars(self).items()
            if name.endswith("_") and not name.startswith("_")
        }
        return {
            "format": FORMAT,
            "class": _name(type(self)),
            "parameters": self._write(parameters),
            "learned": self._write(learned),
        }

    @classmethod
    def from_dict(cls, model: Mapping[str, Any]) -> Self:
        """Make the model that :meth:`to_dict` described.

        Raises
        ------
        LookupError
            If its class is none of this class and its subclasses.
        """
        kinds: dict[str, type[Self]] = {_name(kind): kind for kind in _family(cls)}
        if model["class"] not in kinds:
            raise LookupError(
                f"it holds a {model['class']}, which is no {cls.__name__} known here"
            )
        kind = kinds[model["class"]]
        made = kind(**kind._read(model["parameters"]))  # noqa: SLF001 -- of its own family
        for name, value in kind._read(model["learned"]).items():  # noqa: SLF001
            setattr(made, name, value)
        return made

    def _write(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Give *values* as JSON can hold them."""
        return {
            name: to_json(
                type(value)(part.to_dict() for part in value) if self._part_of(name) else value
            )
            for name, value in values.items()
        }

    @classmethod
    def _read(cls, values: Mapping[str, Any]) -> dict[str, Any]:
        """Give back what :meth:`_write` was given."""
        read = {name: from_json(value) for name, value in values.items()}
        for name, value in read.items():
            if part := cls._part_of(name):
                read[name] = type(value)(part.from_dict(each) for each in value)
        return read

    @classmethod
    def _part_of(cls, name: str) -> Any:
        """Give the class of what the parameter or attribute *name* is a sequence of."""
        return cls._parts.get(name.removesuffix("_"))


def _name(kind: type) -> str:
    """Give the package and name of a class, whatever private file it is in."""
    return f"{kind.__module__.partition('._')[0]}:{kind.__qualname__}"


def _family(kind: type[ModelT]) -> list[type[ModelT]]:
    """Give a class and all below it."""
    return [kind, *(child for below in kind.__subclasses__() for child in _family(below))]


def _digest(model: Mapping[str, Any]) -> str:
    """Give a digest of what a model file says."""
    text = json.dumps(model, ensure_ascii=False, sort_keys=True)
    return sha256(text.encode()).hexdigest()
