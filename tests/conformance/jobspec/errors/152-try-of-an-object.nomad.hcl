job "x" {
  region = try({ a = "b" }...)
}
