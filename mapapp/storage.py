"""Static files with a hash in the name, imports between our ES modules rewritten as well."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class ModuleStorage(CompressedManifestStaticFilesStorage):
    """`import "./list.js"` in a module must follow the hashed name, or a browser keeps the old one for a year."""

    support_js_module_import_aggregation = True
