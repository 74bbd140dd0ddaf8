a = "a.b.c"
