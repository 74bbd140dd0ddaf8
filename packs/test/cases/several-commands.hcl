# Commands run side by side; one of them has several lines.
build_id = "01k5demo"
image    = "registry.example.com:5000/team/hello-staging@sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
commands = [
  { shell = "python3 -m pytest -q" },
  { shell = "curl --fail http://127.0.0.1:8080/health" },
  {
    shell = <<-EOT
      set -e
      for file in /app/*.json; do
        python3 -m json.tool "$file" >/dev/null
      done
    EOT
  },
]
