app {
  url = ""
}

pack {
  name    = "extremes"
  version = "1"
}
