app {
  url = ""
}

pack {
  name    = "../../x"
  version = "1"
}
