# Registries without TLS or with a certificate that nobody signed.
build_id      = "01k5demo"
staging_image = "registry.example.com:5000/team/hello-staging:01k5demo"

insecure_registries = ["registry.example.com:5000", "127.0.0.1:5001"]
