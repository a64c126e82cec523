"""Static files with a hash in the name, imports between our ES modules rewritten as well."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


def add_static_headers(headers: dict[str, str], path: str, url: str) -> None:
    """What WhiteNoise, which stands before the policy's middleware, sends with a file: a drawing opened alone runs nothing."""
    if path.endswith(".svg"):
        headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


class ModuleStorage(CompressedManifestStaticFilesStorage):
    """`import "./list.js"` in a module must follow the hashed name, or a browser keeps the old one for a year."""

    support_js_module_import_aggregation = True
