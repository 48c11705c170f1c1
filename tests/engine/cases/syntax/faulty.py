# --8<-- [start:twice]
# --8<-- [end:twice]
# --8<-- [start:twice]
x = 1
# --8<-- [end:twice]
# --8<-- [start:empty]

# --8<-- [end:empty]
# --8<-- [start:open]
y = 1
