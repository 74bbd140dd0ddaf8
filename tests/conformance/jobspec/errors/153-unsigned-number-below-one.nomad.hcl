job "x" {
  spread {
    target "a" {
      percent = 0.5
    }
  }
}
