# Registries behind a proxy, with certificates of the company's own; the scanner goes the same way.
build_id      = "01k5demo"
staging_image = "registry.example.com:5000/team/hello-staging:01k5demo"
digest        = "sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
image         = "registry.example.com:5000/team/hello"
tags          = ["latest"]
sbom          = "spdx"

ca_certificates = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
http_proxy      = "http://proxy.example.com:3128"
https_proxy     = "http://proxy.example.com:3128"
no_proxy        = "registry.example.com,.example.org"
