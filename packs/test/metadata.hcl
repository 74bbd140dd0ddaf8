app {
  url = "https://github.com/geraldthewes/nomad-build-service"
}

pack {
  name        = "test"
  description = "Run commands in the image that a build has staged"
  version     = "0.1.0"
}
