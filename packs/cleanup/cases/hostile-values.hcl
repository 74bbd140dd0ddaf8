# Whatever language may be found in a value: it arrives as it was given, and nothing of it is evaluated.
build_id             = "01k5demo"
staging_image        = "staging_image hostile \"double\" 'single' `id` $(id) $${HOME} $${attr.unique.hostname} %%{if true}x%%{endif} {{ env \"HOME\" }} {{ with secret \"x\" }} [[ var \"build_id\" . ]] \\ \\n \t ünïcødé ☃ 🙂\nsecond line\n"
registry_credentials = "vault:registry_credentials hostile \"double\" 'single' `id` $(id) $${HOME} $${attr.unique.hostname} %%{if true}x%%{endif} {{ env \"HOME\" }} {{ with secret \"x\" }} [[ var \"build_id\" . ]] \\ \\n \t ünïcødé ☃ 🙂\nsecond line\n"
ca_certificates      = "ca_certificates hostile \"double\" 'single' `id` $(id) $${HOME} $${attr.unique.hostname} %%{if true}x%%{endif} {{ env \"HOME\" }} {{ with secret \"x\" }} [[ var \"build_id\" . ]] \\ \\n \t ünïcødé ☃ 🙂\nsecond line\n"
http_proxy           = "http_proxy hostile \"double\" 'single' `id` $(id) $${HOME} $${attr.unique.hostname} %%{if true}x%%{endif} {{ env \"HOME\" }} {{ with secret \"x\" }} [[ var \"build_id\" . ]] \\ \\n \t ünïcødé ☃ 🙂\nsecond line\n"
https_proxy          = "https_proxy hostile \"double\" 'single' `id` $(id) $${HOME} $${attr.unique.hostname} %%{if true}x%%{endif} {{ env \"HOME\" }} {{ with secret \"x\" }} [[ var \"build_id\" . ]] \\ \\n \t ünïcødé ☃ 🙂\nsecond line\n"
no_proxy             = "no_proxy hostile \"double\" 'single' `id` $(id) $${HOME} $${attr.unique.hostname} %%{if true}x%%{endif} {{ env \"HOME\" }} {{ with secret \"x\" }} [[ var \"build_id\" . ]] \\ \\n \t ünïcødé ☃ 🙂\nsecond line\n"
