job "forgotten" {
  group "g" {
    vault {
      policies = 5
      role     = "kept"
      polices  = ["x"]
      env      = "neither"
      cluster  = upper()

      block {}
    }
    task "t" {
      driver = "exec"
    }
  }
}
