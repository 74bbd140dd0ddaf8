# The same with secrets: the registry's are where no step runs, and those of the steps where they run.
build_id      = "01k5demo"
repo_url      = "https://git.example.com/team/hello.git"
staging_image = "registry.example.com:5000/team/hello-staging:01k5demo"

build_network        = "none"
registry_credentials = "vault:secret/data/registry"
build_secrets        = { npmrc = "nomad:nomad/jobs/npm#npmrc" }
build_args           = { VERSION = "1.2" }
network_mode         = "host"
