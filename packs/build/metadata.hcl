app {
  url = "https://github.com/geraldthewes/nomad-build-service"
}

pack {
  name        = "build"
  description = "Fetch a commit of a Git repository, build its Dockerfile with rootless Buildah, push the image to a staging repository"
  version     = "0.1.0"
}
