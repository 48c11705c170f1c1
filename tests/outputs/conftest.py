"""Makes `golden`, the helper of these tests, importable however pytest imports its files."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
