app {
  url = ""
}

pack {
  name    = "x"
  version = "1"
}

integration {
  identifier = "i"
  flags = ["a", null]
}

dependency "off" {
  enabled = false
}
