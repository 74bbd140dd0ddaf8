app {
  url = ""
}

pack {
  name    = "absent"
  version = "1"
}
