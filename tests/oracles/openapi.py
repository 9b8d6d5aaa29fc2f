"""What openapi-spec-validator finds wrong with descriptions of interfaces.

usage: openapi.py FILE…

Answers with the version and the errors of each.
"""

import json
import sys
from pathlib import Path

from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator

found = []
for path in sys.argv[1:]:
    document = json.loads(Path(path).read_text())
    validator = OpenAPIV31SpecValidator if document["openapi"].startswith("3.1") else OpenAPIV30SpecValidator
    errors = [str(error)[:300] for error in validator(document).iter_errors()]
    found.append({"version": document["openapi"], "paths": len(document["paths"]), "errors": errors})
print(json.dumps({"found": found}))
