# --8<-- [start:write]
from pathlib import Path

notes = r"""# 二次型

设 $A \in \mathbb{R}^{n \times n}$，$x \in \mathbb{R}^n$，$q(x) = x^\top A x$。它的梯度是

$$
\nabla q(x) = 2 A x
$$

~~~python
import torch

A = torch.tensor([[1., 2.], [3., 4.]])
x = torch.tensor([1., 1.], requires_grad=True)
(x @ A @ x).backward()
x.grad
#> tensor([ 6., 14.])
~~~
"""
Path("notes.md").write_text(notes, encoding="utf-8");
# --8<-- [end:write]

# --8<-- [start:check]
from proofread.faces.command import main as proofread

proofread(["check", "notes.md"])
#> notes.md:6  step 1 of 1: `\nabla q(x)` = `2 A x` fails
#>   1.931 ≠ -18.53 at entry (1,1), n = 5
#>   read as  \frac{∂q(x)}{∂x}  =  2 · A · x
#>   hint: holds if A is symmetric
#> notes.md:16: the output differs
#>     expected           | actual
#>   ≠ tensor([ 6., 14.]) | tensor([ 7., 13.])
#> 1 page; blocks: 1 failed; formulas: 2 declared, 1 defined, 1 false
#> 1
# --8<-- [end:check]

# --8<-- [start:mend]
notes = notes.replace(r"= 2 A x", r"= (A + A^\top) x")
Path("notes.md").write_text(notes, encoding="utf-8")
proofread(["update", "notes.md"])
#> --- notes.md
#> +++ notes.md
#> @@ -14,4 +14,4 @@
#>  (x @ A @ x).backward()
#>  x.grad
#> -#> tensor([ 6., 14.])
#> +#> tensor([ 7., 13.])
#>  ~~~
#> 1 file changed
#> 0
# --8<-- [end:mend]

# --8<-- [start:again]
proofread(["check", "notes.md"])
#> 1 page; blocks: 1 passed; formulas: 2 declared, 1 defined, 1 verified
#> 0
# --8<-- [end:again]

# --8<-- [start:json]
import contextlib
import io
import json

with contextlib.redirect_stdout(io.StringIO()) as output:
    proofread(["check", "--math", "--json", "notes.md"])

for row in json.loads(output.getvalue())["findings"]:
    print(row["line"], row["kind"], row["status"], " ".join(row["source"].split()))
#> 3 formula declared A \in \mathbb{R}^{n \times n}
#> 3 formula declared x \in \mathbb{R}^n
#> 3 formula defined q(x) = x^\top A x
#> 5 formula verified \nabla q(x) = (A + A^\top) x
# --8<-- [end:json]
