# --8<-- [start:first]
a = 1
print(a)
# > 7
# --8<-- [end:first]

# These lines are shown by their numbers.
print(a + 1)
# > 7
# --8<-- [start:second]
# one more
print(a + 2)
# > 3
# --8<-- [end:second]
