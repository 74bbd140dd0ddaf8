# Steps may mount a secret, and sign in by an SSH key; both are in Vault.
build_id      = "01k5demo"
repo_url      = "https://git.example.com/team/hello.git"
staging_image = "registry.example.com:5000/team/hello-staging:01k5demo"

build_secrets = { npmrc = "vault:secret/data/npm#npmrc" }
ssh_key       = "vault:secret/data/deploy"
vault_role    = "builder"
