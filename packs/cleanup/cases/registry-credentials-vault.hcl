# The registry's username and password are in Vault.
build_id      = "01k5demo"
staging_image = "registry.example.com:5000/team/hello-staging:01k5demo"

registry_credentials = "vault:secret/data/registry"
vault_role           = "builder"
