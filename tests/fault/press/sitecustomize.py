"""Carries a fault into the process that makes reports: imported there when Python starts."""

import json
import os
import sys
from pathlib import Path

if told := os.environ.get("AUDITKIT_TEST_FAULT"):
    sys.path.append(str(Path(__file__).resolve().parents[1]))
    from injection import Fault, injected

    request = json.loads(told)
    carried = injected(
        Path(request["root"]), Fault(**request["fault"]), Path(request["counter"]), request["act"]
    )
    carried.__enter__()
