# A secret of Vault, by reference and by a role of its own.
build_id = "01k5demo"
image    = "registry.example.com:5000/team/hello-staging@sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
commands = [{ shell = "python3 -m pytest -q" }, { arguments = ["/app/hello"] }]

secrets = {
  API_TOKEN   = "vault:secret/data/hello#token"
  OTHER_TOKEN = "vault:secret/data/hello#other"
}
vault_role = "tests"
