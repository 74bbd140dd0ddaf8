app {
  url = ""
}

pack {
  name    = "x"
  version = "1"
}

integration {
  identifier = "i"
  flags = null
}

dependency "off" {
  enabled = false
}
