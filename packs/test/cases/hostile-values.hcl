# Whatever language may be found in a value: it arrives as it was given, and nothing of it is evaluated.
build_id = "01k5demo"
image    = "registry.example.com:5000/team/hello-staging@sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
commands = [
  "command_001 hostile \"double\" 'single' `id` $(id) $${HOME} $${attr.unique.hostname} %%{if true}x%%{endif} {{ env \"HOME\" }} {{ with secret \"x\" }} [[ var \"build_id\" . ]] \\ \\n \t ünïcødé ☃ 🙂\nsecond line\n",
  "command_002 hostile \"double\" 'single' `id` $(id) $${HOME} $${attr.unique.hostname} %%{if true}x%%{endif} {{ env \"HOME\" }} {{ with secret \"x\" }} [[ var \"build_id\" . ]] \\ \\n \t ünïcødé ☃ 🙂",
  <<EOT
command_003 hostile $${HOME} "quoted" 'single' \ `id` {{ env "HOME" }} [[ var "x" . ]]
EOT
  ,
]
