--8 < --"parts.py:second"
# --8<-- [start:own]
print("own")
# > other
# --8<-- [end:own]
# ;--8<-- [start:escaped]
