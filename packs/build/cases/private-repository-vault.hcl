# The repository's username and password are in Vault.
build_id      = "01k5demo"
repo_url      = "https://git.example.com/team/hello.git"
staging_image = "registry.example.com:5000/team/hello-staging:01k5demo"

git_credentials = "vault:secret/data/git"
vault_role      = "builder"
