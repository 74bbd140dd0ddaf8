app {
  url = "https://github.com/geraldthewes/nomad-build-service"
}

pack {
  name        = "publish"
  description = "Give a staged image the names it was built for, inside the registry, and remove it from staging"
  version     = "0.1.0"
}
