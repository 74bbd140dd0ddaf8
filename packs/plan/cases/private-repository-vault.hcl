# The repository's username and password are in Vault.
build_id = "01k5demo"
repo_url = "https://git.example.com/team/hello.git"

git_credentials = "vault:secret/data/git"
vault_role      = "builder"
