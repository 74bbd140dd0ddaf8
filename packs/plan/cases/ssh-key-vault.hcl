# The repository is read over SSH; the key and the hosts that it is for are in Vault.
build_id = "01k5demo"
repo_url = "https://git.example.com/team/hello.git"

git_credentials      = "vault:secret/data/git"
git_credentials_type = "ssh_key"
vault_role           = "builder"
