app {
  url = ""
}

pack {
  name    = "x"
  version = "1"
}

integration {
  identifier = "i"
  flags = ["a", 1]
}

dependency "off" {
  enabled = false
}
