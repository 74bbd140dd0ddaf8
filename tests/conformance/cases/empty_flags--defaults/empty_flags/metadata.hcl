app {
  url = ""
}

pack {
  name    = "x"
  version = "1"
}

integration {
  identifier = "i"
  flags = []
}

dependency "off" {
  enabled = false
}
