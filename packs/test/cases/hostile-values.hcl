# Whatever language may be found in a value: it arrives as it was given, and nothing of it is evaluated.
build_id = "01k5demo"
image    = "registry.example.com:5000/team/hello-staging@sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
commands = [
  { shell = "shell_1 hostile \"double\" 'single' `id` $(id) $${HOME} $${attr.unique.hostname} %%{if true}x%%{endif} {{ env \"HOME\" }} {{ with secret \"x\" }} [[ var \"build_id\" . ]] \\ \\n \t ünïcødé ☃ 🙂\nsecond line\n" },
  { shell = "shell_2 hostile \"double\" 'single' `id` $(id) $${HOME} $${attr.unique.hostname} %%{if true}x%%{endif} {{ env \"HOME\" }} {{ with secret \"x\" }} [[ var \"build_id\" . ]] \\ \\n \t ünïcødé ☃ 🙂\nsecond line" },
  { shell = <<EOT
shell_3 hostile $${HOME} "quoted" 'single' \ `id` {{ env "HOME" }} [[ var "x" . ]]
EOT
  },
  { arguments = ["/app/hello", "", "argument hostile \"double\" 'single' `id` $(id) $${HOME} $${attr.unique.hostname} %%{if true}x%%{endif} {{ env \"HOME\" }} {{ with secret \"x\" }} [[ var \"build_id\" . ]] \\ \\n \t ünïcødé ☃ 🙂\nsecond line", "$$ $$$${HOME} %%%%{x} $", "-"] },
]
entry_point = true

env = {
  HOSTILE = "env hostile \"double\" 'single' `id` $(id) $${HOME} $${attr.unique.hostname} %%{if true}x%%{endif} {{ env \"HOME\" }} {{ with secret \"x\" }} [[ var \"build_id\" . ]] \\ \\n \t ünïcødé ☃ 🙂\nsecond line"
  EMPTY   = ""
  SPACES  = "  '# not a comment \" "
}
secrets = {
  STORE_SECRET = "nomad:path hostile \"double\" 'single' `id` $(id) $${HOME} $${attr.unique.hostname} %%{if true}x%%{endif} {{ env \"HOME\" }} {{ with secret \"x\" }} [[ var \"build_id\" . ]] \\ \\n \t ünïcødé ☃ 🙂\nsecond line#field hostile \"double\" 'single' `id` $(id) $${HOME} $${attr.unique.hostname} %%{if true}x%%{endif} {{ env \"HOME\" }} {{ with secret \"x\" }} [[ var \"build_id\" . ]] \\ \\n \t ünïcødé ☃ 🙂\nsecond line"
  VAULT_S = "vault:path hostile \"double\" 'single' `id` $(id) $${HOME} $${attr.unique.hostname} %%{if true}x%%{endif} {{ env \"HOME\" }} {{ with secret \"x\" }} [[ var \"build_id\" . ]] \\ \\n \t ünïcødé ☃ 🙂\nsecond line#field hostile \"double\" 'single' `id` $(id) $${HOME} $${attr.unique.hostname} %%{if true}x%%{endif} {{ env \"HOME\" }} {{ with secret \"x\" }} [[ var \"build_id\" . ]] \\ \\n \t ünïcødé ☃ 🙂\nsecond line"
}
working_directory = "/working_directory hostile \"double\" 'single' `id` $(id) $${HOME} $${attr.unique.hostname} %%{if true}x%%{endif} {{ env \"HOME\" }} {{ with secret \"x\" }} [[ var \"build_id\" . ]] \\ \\n \t ünïcødé ☃ 🙂\nsecond line"
reports           = ["report_1 hostile \"double\" 'single' `id` $(id) $${HOME} $${attr.unique.hostname} %%{if true}x%%{endif} {{ env \"HOME\" }} {{ with secret \"x\" }} [[ var \"build_id\" . ]] \\ \\n \t ünïcødé ☃ 🙂\nsecond line", "report_2 hostile \"double\" 'single' `id` $(id) $${HOME} $${attr.unique.hostname} %%{if true}x%%{endif} {{ env \"HOME\" }} {{ with secret \"x\" }} [[ var \"build_id\" . ]] \\ \\n \t ünïcødé ☃ 🙂\nsecond line"]
services = [
  {
    name          = "db"
    image         = "docker.io/library/postgres:17"
    command       = ["argument hostile \"double\" 'single' `id` $(id) $${HOME} $${attr.unique.hostname} %%{if true}x%%{endif} {{ env \"HOME\" }} {{ with secret \"x\" }} [[ var \"build_id\" . ]] \\ \\n \t ünïcødé ☃ 🙂\nsecond line", ""]
    env           = { HOSTILE = "env hostile \"double\" 'single' `id` $(id) $${HOME} $${attr.unique.hostname} %%{if true}x%%{endif} {{ env \"HOME\" }} {{ with secret \"x\" }} [[ var \"build_id\" . ]] \\ \\n \t ünïcødé ☃ 🙂\nsecond line" }
    ready_command = "ready_command hostile \"double\" 'single' `id` $(id) $${HOME} $${attr.unique.hostname} %%{if true}x%%{endif} {{ env \"HOME\" }} {{ with secret \"x\" }} [[ var \"build_id\" . ]] \\ \\n \t ünïcødé ☃ 🙂\nsecond line"
  },
]
