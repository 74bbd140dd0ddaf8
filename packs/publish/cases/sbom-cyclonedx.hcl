# The same in the other format, by another image with more to work with, in a network of the operator's.
build_id      = "01k5demo"
staging_image = "registry.example.com:5000/team/hello-staging:01k5demo"
digest        = "sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
image         = "registry.example.com:5000/team/hello"
tags          = ["latest"]
sbom          = "cyclonedx"

sbom_image   = "registry.example.com:5000/tools/syft:v1.57.1"
sbom_cpu     = 2000
sbom_memory  = 4096
disk         = 8000
network_mode = "host"
