# Whatever language may be found in a value: it arrives as it was given, and nothing of it is evaluated.
build_id             = "01k5demo"
repo_url             = "repo_url hostile \"double\" 'single' `id` $(id) $${HOME} $${attr.unique.hostname} %%{if true}x%%{endif} {{ env \"HOME\" }} {{ with secret \"x\" }} [[ var \"build_id\" . ]] \\ \\n \t ünïcødé ☃ 🙂\nsecond line\n"
git_ref              = "git_ref hostile \"double\" 'single' `id` $(id) $${HOME} $${attr.unique.hostname} %%{if true}x%%{endif} {{ env \"HOME\" }} {{ with secret \"x\" }} [[ var \"build_id\" . ]] \\ \\n \t ünïcødé ☃ 🙂\nsecond line\n"
dockerfile_path      = "dockerfile_path hostile \"double\" 'single' `id` $(id) $${HOME} $${attr.unique.hostname} %%{if true}x%%{endif} {{ env \"HOME\" }} {{ with secret \"x\" }} [[ var \"build_id\" . ]] \\ \\n \t ünïcødé ☃ 🙂\nsecond line\n"
staging_image        = "staging_image hostile \"double\" 'single' `id` $(id) $${HOME} $${attr.unique.hostname} %%{if true}x%%{endif} {{ env \"HOME\" }} {{ with secret \"x\" }} [[ var \"build_id\" . ]] \\ \\n \t ünïcødé ☃ 🙂\nsecond line\n"
git_credentials      = "nomad:git_credentials hostile \"double\" 'single' `id` $(id) $${HOME} $${attr.unique.hostname} %%{if true}x%%{endif} {{ env \"HOME\" }} {{ with secret \"x\" }} [[ var \"build_id\" . ]] \\ \\n \t ünïcødé ☃ 🙂\nsecond line\n"
registry_credentials = "vault:registry_credentials hostile \"double\" 'single' `id` $(id) $${HOME} $${attr.unique.hostname} %%{if true}x%%{endif} {{ env \"HOME\" }} {{ with secret \"x\" }} [[ var \"build_id\" . ]] \\ \\n \t ünïcødé ☃ 🙂\nsecond line\n"
