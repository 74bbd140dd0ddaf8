app {
  url = ""
}

pack {
  name    = "mute"
  version = "1"
}
