"""The size guidance of the house: small functions, modules, templates and style sheets."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tools.village import ROOT

LONGEST = {".py": 400, ".html": 120, ".css": 250}
LONGEST_FUNCTION = 40
REFUSED = {"utils", "helpers", "common", "services", "manager"}
FOLDERS = ("src", "tests", "tools", "bench")


def check() -> str:
    """Each file or function over its length, and each refused name."""
    return "\n".join(_findings())


def _findings() -> Iterator[str]:
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix not in LONGEST or {"migrations", "pretendard"} & set(path.parts):
                continue
            name = path.relative_to(ROOT)
            if path.stem in REFUSED:
                yield f"{name}: name it for its subject"
            text = path.read_text("utf-8")
            if text.count("\n") > LONGEST[path.suffix]:
                yield f"{name}: {text.count(chr(10))} lines, more than {LONGEST[path.suffix]}"
            if path.suffix == ".py":
                yield from _functions(name, ast.parse(text))


def _functions(name: Path, tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            lines = (node.end_lineno or 0) - body[0].lineno + 1 if body else 0
            if lines > LONGEST_FUNCTION:
                yield f"{name}:{node.lineno}: {node.name} has {lines} lines"
