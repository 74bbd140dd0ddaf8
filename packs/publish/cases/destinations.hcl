# Three repositories of two registries, of which each has credentials of its own.
build_id      = "01k5demo"
staging_image = "registry.example.com:5000/team/hello-staging:01k5demo"
digest        = "sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
image         = "registry.example.com:5000/team/hello"
tags          = ["latest"]

registry_credentials = "nomad:nomad/jobs/team"

destinations = [
  { image = "registry.example.com:5000/public/hello", tags = ["1.0", "latest"], credentials = "nomad:nomad/jobs/public" },
  { image = "mirror.example.org/team/hello", tags = ["latest"], credentials = "vault:secret/data/mirror" },
]
