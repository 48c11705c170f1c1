# --8<-- [start:part]
print("文")
# > 国
# --8<-- [end:part]
