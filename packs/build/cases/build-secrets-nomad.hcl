# Steps may mount two secrets, and sign in by an SSH key; all are in Nomad Variables.
build_id      = "01k5demo"
repo_url      = "https://git.example.com/team/hello.git"
staging_image = "registry.example.com:5000/team/hello-staging:01k5demo"

build_secrets = { npmrc = "nomad:nomad/jobs/npm#npmrc", "pip.conf" = "nomad:nomad/jobs/pip#conf" }
ssh_key       = "nomad:nomad/jobs/deploy"
