app {
  url = ""
}

pack {
  name    = "x"
  version = "1"
}

integration {
  identifier = "i"
  
}

dependency "off" {
  enabled = false
}
