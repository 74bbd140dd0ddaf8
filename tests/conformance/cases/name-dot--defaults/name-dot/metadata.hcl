app {
  url = ""
}

pack {
  name    = "."
  version = "1"
}
