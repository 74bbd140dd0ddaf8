app {
  url = ""
}

pack {
  name    = "/a"
  version = "1"
}
