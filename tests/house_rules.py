"""The house's rules that a machine can hold, each a function from sources to a list of breaches.

Sources are a mapping from path (relative, with slashes) to text, so that every rule can be shown a small offender. A breach
reads `path:line: what is wrong`.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from pathlib import PurePosixPath

Sources = Mapping[str, str]

FLOORS = ("layers", "actors", "proposals", "geodata", "mapapp")  # each may import itself and what stands before it
PERSONS = {"user", "membership", "contact"}  # what geodata, which serves the world, never touches
# What geodata may import of actors, by its full path: the organisation is public, a key is a program's, throttling counts digests
# and knows nobody.
IMPERSONAL = ("actors.models.organisation", "actors.models.api_key", "actors.throttling")
EMPTY_NAMES = {"services", "utils", "util", "helpers", "helper", "signals"}

FUNCTION_LINES = 40
FILE_LINES = {"models": 500, "views": 400, "module": 300, "template": 150, "script": 300}

_FLOOR_STRING = re.compile(rf"(?i:({'|'.join(FLOORS)}))\.([A-Za-z_][\w.]*)")
_PERSON_LOOKUP = re.compile(r"(?:\w+__)?(?:user|membership|contact)__\w+|\w+__(?:user|membership|contact)")
# Split, so that this file does not hold what it forbids.
_HOSTS = (
    "pkg" + ".dev",
    "python" + "hosted.org",
    "registry.npm" + "js.org",
    "pypi" + ".org/simple",
    "deb.debian" + ".org",
)
_OPTIONS = ("--index" + "-url", "--extra-index" + "-url", "--find" + "-links")
_MACHINE_PATH = re.compile(r"(?<![\w./-])/(?:work|root|Users/\w+|home/\w+)/")


# --- reading ----------------------------------------------------------------------------------------------------------


def floor_of(path: str) -> str | None:
    """The floor that `path` stands on, or None for what is outside the house (tests, scripts)."""
    first = path.split("/", 1)[0]
    return first if first in FLOORS else None


def module_of(path: str) -> str:
    """`actors/models/person.py` -> `actors.models.person`; a package's `__init__.py` is the package."""
    return ".".join(PurePosixPath(path).with_suffix("").parts).removesuffix(".__init__")


def is_migration(path: str) -> bool:
    return "/migrations/" in path


def modules(sources: Sources) -> Iterator[tuple[str, ast.Module]]:
    """Path and syntax tree of each Python module that stands on a floor."""
    for path, text in sources.items():
        if path.endswith(".py") and floor_of(path):
            yield path, ast.parse(text, path)


def imports(path: str, node: ast.AST) -> Iterator[tuple[int, str, str | None]]:
    """(line, module, name) of each import that `node` itself is; name is None for `import module`."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield node.lineno, alias.name, None
    elif isinstance(node, ast.ImportFrom):
        base = node.module or ""
        if node.level:
            package = module_of(path).split(".")
            up = node.level - path.endswith("__init__.py")
            base = ".".join(package[: len(package) - up] + ([base] if base else []))
        for alias in node.names:
            yield node.lineno, base, alias.name


def at_top(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements that run when the module is imported: not those of functions, nor of `if TYPE_CHECKING`."""
    for statement in body:
        yield statement
        if isinstance(statement, ast.If) and "TYPE_CHECKING" in ast.unparse(statement.test):
            continue
        for part in ("body", "handlers", "orelse", "finalbody"):
            if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
                yield from at_top(getattr(statement, part, []))


def strings(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


# --- direction --------------------------------------------------------------------------------------------------------


def upward_imports(sources: Sources) -> list[str]:
    """Imports, inside functions too, that go from a floor to one above it."""
    breaches = []
    for path, tree in modules(sources):
        for node in ast.walk(tree):
            for line, module, _name in imports(path, node):
                if _is_above(floor_of(path), module.split(".")[0]):
                    breaches.append(f"{path}:{line}: imports {module}, which stands above")
    return breaches


def upward_names(sources: Sources) -> list[str]:
    """Strings such as `"proposals.Proposal"` (foreign keys, permissions, dotted paths) that name a floor above."""
    breaches = []
    for path, tree in modules(sources):
        for line, text in _named_models(tree):
            if _is_above(floor_of(path), text.split(".")[0].lower()):
                breaches.append(f'{path}:{line}: names "{text}", which stands above')
    return breaches


def import_circles(sources: Sources) -> list[str]:
    """Circles of imports between modules at their top level; migrations aside."""
    parsed = {module_of(path): (path, tree) for path, tree in modules(sources) if not is_migration(path)}
    graph: dict[str, set[str]] = {name: set() for name in parsed}
    for name, (path, tree) in parsed.items():
        for statement in at_top(tree.body):
            for _line, module, member in imports(path, statement):
                target = f"{module}.{member}" if f"{module}.{member}" in parsed else module
                if target in parsed and target != name:
                    graph[name].add(target)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return ["circle: " + " <- ".join(error.args[1])]
    return []


def persons_in_geodata(sources: Sources) -> list[str]:
    """What in geodata reaches a person: by import, name, string foreign key or look-up across a relation."""
    breaches = []
    for path, tree in modules(sources):
        if floor_of(path) != "geodata":
            continue
        for node in ast.walk(tree):
            for line, module, name in imports(path, node):
                if module.split(".")[0] == "actors" and module not in IMPERSONAL:
                    breaches.append(f"{path}:{line}: imports {module}; only {' and '.join(IMPERSONAL)}")
                if (name or "").lower() in PERSONS | {"get_user_model"}:
                    breaches.append(f"{path}:{line}: imports {name}")
            spoken = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
            if spoken in {"User", "Membership", "Contact", "AUTH_USER_MODEL"}:
                breaches.append(f"{path}:{node.lineno}: uses {spoken}")
        for line, text in _named_models(tree):
            if text.rsplit(".", 1)[-1].lower() in PERSONS:
                breaches.append(f'{path}:{line}: names "{text}"')
        breaches += [
            f'{path}:{line}: looks up "{text}"' for line, text in strings(tree) if _PERSON_LOOKUP.fullmatch(text)
        ]
    return breaches


def _is_above(floor: str | None, other: str) -> bool:
    return floor in FLOORS and other in FLOORS and FLOORS.index(other) > FLOORS.index(floor)


def _named_models(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and text of strings that name something by floor: "actors.User", get_model("actors", "User"), AUTH_USER_MODEL."""
    for line, text in strings(tree):
        if _FLOOR_STRING.fullmatch(text):
            yield line, text
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "AUTH_USER_MODEL":
            yield node.lineno, "actors.User"
        parts = node.args if isinstance(node, ast.Call) else node.elts if isinstance(node, ast.Tuple) else []
        for first, second in pairwise(parts):
            texts = [part.value for part in (first, second) if isinstance(part, ast.Constant)]
            if len(texts) == 2 and texts[0] in FLOORS:
                yield first.lineno, f"{texts[0]}.{texts[1]}"


# --- shape ------------------------------------------------------------------------------------------------------------


def kind_of(path: str) -> str | None:
    """Which limit of FILE_LINES holds for `path`; None where none does."""
    parts = PurePosixPath(path).parts
    if path.endswith(".py"):
        if is_migration(path):
            return None
        for kind in ("models", "views"):
            if floor_of(path) and (kind in parts[:-1] or parts[-1] == f"{kind}.py"):
                return kind
        return "module"
    if parts[0] == "templates":
        return "template"
    return "script" if path.endswith((".js", ".mjs")) else None


def too_long(sources: Sources) -> dict[str, str]:
    """Files and functions over their limits: {`path` or `path::function`: what is wrong}."""
    found = {}
    for path, text in sources.items():
        lines, kind = len(text.splitlines()), kind_of(path)
        if kind and lines > FILE_LINES[kind]:
            found[path] = f"{path}: {lines} lines, at most {FILE_LINES[kind]}"
        for node in ast.walk(ast.parse(text, path)) if path.endswith(".py") else ():
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > FUNCTION_LINES:
                    breach = f"{path}:{node.lineno}: {node.name} has {length} lines, at most {FUNCTION_LINES}"
                    found[f"{path}::{node.name}"] = breach
    return found


def filters_outside_querysets(sources: Sources) -> list[str]:
    """Calls of `.filter(` in views, forms, template tags and commands, where only QuerySet methods belong."""
    breaches = []
    for path, tree in modules(sources):
        parts = module_of(path).split(".")
        if not {"views", "forms", "templatetags", "commands"} & set(parts):
            continue
        for call in ast.walk(tree):
            # `@register.filter(...)` of a template tag is something else.
            if isinstance(call, ast.Call) and re.search(r"(?<!^register)\.filter$", ast.unparse(call.func)):
                breaches.append(f"{path}:{call.lineno}: .filter( belongs into a QuerySet method")
    return breaches


def empty_names(sources: Sources) -> list[str]:
    """Python modules and packages whose names say nothing."""
    return [
        f"{path}: name it after its noun or verb"
        for path in sources
        if path.endswith(".py") and EMPTY_NAMES & set(PurePosixPath(path).with_suffix("").parts)
    ]


def traces_of_a_machine(sources: Sources) -> list[str]:
    """Hosts and options of package registries, and paths of one person's machine."""
    breaches = []
    for path, text in sources.items():
        for number, line in enumerate(text.splitlines(), 1):
            found = [word for word in (*_HOSTS, *_OPTIONS) if word in line]
            found += _MACHINE_PATH.findall(line)
            breaches += [f"{path}:{number}: holds {word}" for word in found]
    return breaches
