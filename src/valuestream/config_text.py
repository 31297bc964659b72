"""YAML as plain text values with their places: no `Yes` becomes True, no `007` becomes 7."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from valuestream.errors import ConfigError

if TYPE_CHECKING:
    from ruamel.yaml.nodes import Node

Keys = tuple[str | int, ...]
Place = tuple[int, int]

MOST_VALUES = 100_000
"""A file with more values than this is no configuration (a few aliases of aliases make millions)."""


class Null(str):
    """A plain `null` or `~`: nothing where a value is optional, but still a word where a state is meant."""


@dataclass
class Text:
    """A YAML file as mappings, lists and strings; an empty value is None.

    keys, values   where (line, column, from 1) a key and its value stand, by the keys that lead there
    """

    path: Path
    data: Any = None
    keys: dict[Keys, Place] = field(default_factory=dict)
    values: dict[Keys, Place] = field(default_factory=dict)

    def error(self, place: Place, message: str, hint: str) -> ConfigError:
        """An error that begins with the file, line and column."""
        return ConfigError(f"{self.path}:{place[0]}:{place[1]}: {message}", hint)

    def place(self, keys: Keys, *, of_key: bool = False) -> Place:
        """Where something stands; of what is not written, where the nearest thing around it stands."""
        if of_key and keys in self.keys:
            return self.keys[keys]
        while keys and keys not in self.values:
            keys = keys[:-1]
        return self.values.get(keys, (1, 1))


def read_text(path: Path) -> Text:
    """The values of a YAML file. ConfigError for a file that cannot be read, is no text or no YAML."""
    found = Text(path)
    root = _composed(found, _decoded(path))
    if root is None:
        raise found.error((1, 1), "The file is empty.", "`vsm streams suggest LOG` writes a first one.")
    found.data = _value(found, root, (), [])
    if not isinstance(found.data, dict):
        raise found.error(_start(root), "The file is not a mapping of keys to values.", "Begin with `streams:`.")
    return found


def _decoded(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        hint = "Name another file, or write a first one with `vsm streams suggest LOG`."
        raise ConfigError(f"There is no file {path}.", hint) from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.", "Name a readable YAML file.") from None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        message = f"{path}:{line}: Byte {raw[error.start]:#04x} is no UTF-8 text."
        raise ConfigError(message, "Save the file as UTF-8; is it the right file?") from None
    if "\0" in text:
        raise ConfigError(f"{path}: The file is binary, not YAML.", "Is it the right file?")
    return text


def _composed(found: Text, text: str) -> Node | None:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        node: Node | None = YAML(typ="rt").compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        problem = error.problem or error.context or "unreadable"
        if "\\t" in problem:
            raise found.error(place, "A tab stands where YAML wants spaces.", "Indent with spaces.") from None
        hint = "Check brackets, quotes, colons and indentation near this place."
        raise found.error(place, f"This is no YAML: {problem}.", hint) from None
    except YAMLError as error:
        message = str(error).strip().splitlines()[0]
        raise found.error((1, 1), f"This is no YAML: {message}.", "Is it the right file?") from None
    except RecursionError:
        raise found.error((1, 1), "The file is nested too deeply.", "Is it the right file?") from None
    return node


def _start(node: Node) -> Place:
    return node.start_mark.line + 1, node.start_mark.column + 1


def _value(found: Text, node: Node, keys: Keys, above: list[Node]) -> Any:
    """The plain value of a node; its places are noted on the way."""
    from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

    found.values[keys] = _start(node)
    if len(found.values) > MOST_VALUES:
        raise found.error(_start(node), f"More than {MOST_VALUES:,} values.", "Is it the right file?")
    if any(node is one for one in above):
        raise found.error(_start(node), "An alias that contains itself.", "Write the values out.")
    if isinstance(node, ScalarNode):
        text = str(node.value)
        if node.style is None and text == "":
            return None
        return Null(text) if node.style is None and text in ("null", "~") else text
    if isinstance(node, SequenceNode):
        return [_value(found, one, (*keys, i), [*above, node]) for i, one in enumerate(node.value)]
    assert isinstance(node, MappingNode)
    return _mapping(found, node, keys, above)


def _mapping(found: Text, node: Node, keys: Keys, above: list[Node]) -> dict[str, Any]:
    from ruamel.yaml.nodes import ScalarNode

    mapping: dict[str, Any] = {}
    for key_node, value_node in node.value:
        if not isinstance(key_node, ScalarNode):
            raise found.error(_start(key_node), "A key that is a list or a mapping.", "Write the key as a word.")
        key = str(key_node.value)
        if key in mapping:
            first = found.keys[*keys, key][0]
            message = f"The key '{key}' stands here a second time (first in line {first})."
            raise found.error(_start(key_node), message, "Keep one of them.")
        found.keys[*keys, key] = _start(key_node)
        mapping[key] = _value(found, value_node, (*keys, key), [*above, node])
        if mapping[key] is None:
            found.values[*keys, key] = _start(key_node)
    return mapping
