# An operator's own image, and other limits than those of the default.
build_id      = "01k5demo"
staging_image = "registry.example.com:5000/team/hello-staging:01k5demo"
digest        = "sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
image         = "registry.example.com:5000/team/hello"
tags          = ["latest"]

copy_image       = "registry.example.com:5000/tools/skopeo:1.18"
registry_timeout = 20
publish_timeout  = 60
cpu              = 400
memory           = 512
disk             = 600
