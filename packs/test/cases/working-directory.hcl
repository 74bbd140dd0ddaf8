# A folder to start in, and where the reports are that the commands write.
build_id = "01k5demo"
image    = "registry.example.com:5000/team/hello-staging@sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
commands          = [{ shell = "python3 -m pytest -q --junit-xml=out/unit.xml" }, { arguments = ["/app/hello"] }]
working_directory = "/app"
reports           = ["out/unit.xml", "/tmp/other report.xml"]
