# Graphics processors that have to be of a kind.
build_id = "01k5demo"
image    = "registry.example.com:5000/team/hello-staging@sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
commands = [{ shell = "nvidia-smi" }, { arguments = ["/app/hello"] }]

gpu_constraints = [
  { attribute = "device.attr.memory", operator = ">=", value = "16 GiB" },
  { attribute = "device.model", operator = "regexp", value = "^A100" },
]
