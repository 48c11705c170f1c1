"""`python -m proofread`."""

import sys

from proofread.faces.command import main

sys.exit(main())
