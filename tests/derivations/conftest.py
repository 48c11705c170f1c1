"""Makes `notes`, the helpers of these tests, importable however pytest imports its files; one thread, as tensors are
small."""

import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parent))
torch.set_num_threads(1)
