# Nothing but what has to be given.
build_id = "01k5demo"
image    = "registry.example.com:5000/team/hello-staging@sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
commands = [{ shell = "echo test" }]
