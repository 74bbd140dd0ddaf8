app {
  url = ""
}

pack {
  name    = "a.b.c"
  version = "1"
}
