# A list of what is in the image is attached to it; the registry has no certificate, and credentials in Vault.
build_id      = "01k5demo"
staging_image = "registry.example.com:5000/team/hello-staging:01k5demo"
digest        = "sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
image         = "registry.example.com:5000/team/hello"
tags          = ["latest"]
sbom          = "spdx"

insecure_registries  = ["registry.example.com:5000"]
registry_credentials = "vault:secret/data/registry"
