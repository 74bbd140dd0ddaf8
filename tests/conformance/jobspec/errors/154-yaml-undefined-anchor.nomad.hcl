job "x" {
  region = yamldecode("a: *b").a
}
