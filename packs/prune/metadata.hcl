app {
  url = "https://github.com/geraldthewes/nomad-build-service"
}

pack {
  name        = "prune"
  description = "Remove from a node's layer cache what builds that died have left there, and nothing else"
  version     = "0.1.0"
}
