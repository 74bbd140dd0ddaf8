app {
  url = "https://github.com/geraldthewes/nomad-build-service"
}

pack {
  name        = "cleanup"
  description = "Remove what a build that failed has left in the staging repository"
  version     = "0.1.0"
}
