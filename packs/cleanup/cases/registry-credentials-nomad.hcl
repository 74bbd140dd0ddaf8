# The registry's username and password are in a Nomad Variable.
build_id      = "01k5demo"
staging_image = "registry.example.com:5000/team/hello-staging:01k5demo"

registry_credentials = "nomad:nomad/jobs/registry"
