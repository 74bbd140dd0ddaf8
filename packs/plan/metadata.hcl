app {
  url = "https://github.com/geraldthewes/nomad-build-service"
}

pack {
  name        = "plan"
  description = "Fetch a commit of a Git repository and leave its build file, from which the service learns what to build"
  version     = "0.1.0"
}
