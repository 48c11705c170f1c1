# --8<-- [start:version]
import torch

torch.__version__.split("+")[0]
#> '2.13.0'
# --8<-- [end:version]
