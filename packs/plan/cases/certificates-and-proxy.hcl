# A network behind a proxy, with a certificate authority of its own.
build_id = "01k5demo"
repo_url = "https://git.example.com/team/hello.git"

ca_certificates = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
http_proxy      = "http://proxy.example.com:3128"
https_proxy     = "http://proxy.example.com:3128"
no_proxy        = "registry.example.com,.internal"
